/**
 * The one PowerShell of a day (agent-signals, Standing rules): below-normal priority, 120 s, no profile. Written from documented
 * interfaces; not yet run on Windows.
 */
import { fail, type Os, type Outcome } from "../../os/os.ts";
import { type DailySnapshot, parseDailySnapshot } from "./daily-snapshot.ts";

export const DAILY_SCRIPT_TIMEOUT_MS = 120_000;

/** Each part by itself, so that one that fails does not hide the others. Defender is asked only when it is the active product. */
export const DAILY_SCRIPT = String.raw`
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding($false)
$out = @{ errors = @{} }
function Iso($d) { if ($d) { ([datetime]$d).ToUniversalTime().ToString('o') } }
function Part($name, $block) { try { $out[$name] = & $block } catch { $out.errors[$name] = $_.Exception.Message } }
Part 'securityCenter' { ,@(Get-CimInstance -Namespace root\SecurityCenter2 -ClassName AntiVirusProduct -OperationTimeoutSec 20 |
  Select-Object displayName, productState, pathToSignedProductExe) }
if ((Get-Service WinDefend -ErrorAction SilentlyContinue).Status -eq 'Running') {
  Part 'defender' { $s = Get-CimInstance -Namespace root\Microsoft\Windows\Defender -ClassName MSFT_MpComputerStatus -OperationTimeoutSec 20
    @{ AMRunningMode = $s.AMRunningMode; RealTimeProtectionEnabled = $s.RealTimeProtectionEnabled; AMProductVersion = $s.AMProductVersion
       AntivirusSignatureVersion = $s.AntivirusSignatureVersion; AntivirusSignatureLastUpdated = Iso $s.AntivirusSignatureLastUpdated
       QuickScanEndTime = Iso $s.QuickScanEndTime; FullScanEndTime = Iso $s.FullScanEndTime } }
}
Part 'history' { $q = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher(); $n = [Math]::Min($q.GetTotalHistoryCount(), 100)
  ,@(if ($n) { $q.QueryHistory(0, $n) | ForEach-Object { @{ Date = $_.Date.ToString('o') + 'Z'; Title = $_.Title; Operation = $_.Operation; ResultCode = $_.ResultCode } } }) }
Part 'pending' { $q = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher(); $q.Online = $false
  ,@($q.Search('IsInstalled=0 and IsHidden=0').Updates | ForEach-Object { @{ Title = $_.Title; Categories = @($_.Categories | ForEach-Object { $_.CategoryID }) } }) }
$out | ConvertTo-Json -Depth 5 -Compress
`;

export async function runDailyScript(os: Os): Promise<Outcome<{ snapshot: DailySnapshot }>> {
  const encoded = Buffer.from(DAILY_SCRIPT, "utf16le").toString("base64");
  const ran = await os.run("powershell.exe", ["-NoProfile", "-NonInteractive", "-EncodedCommand", encoded], {
    timeoutMs: DAILY_SCRIPT_TIMEOUT_MS,
    lowPriority: true,
  });
  if (!ran.ok) return ran;
  const snapshot = parseDailySnapshot(ran.stdout, os.now());
  return snapshot ? { ok: true, snapshot } : fail("unreadable", `powershell.exe: exit ${ran.exitCode}, no JSON`);
}
