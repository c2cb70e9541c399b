/** The antivirus part on Linux: every installed product that a rule knows. */
import type { Probe } from "../probe.ts";
import { isInstalled, lookAround } from "./detect.ts";
import { readProduct } from "./product.ts";

const PRODUCTS_MAX = 16;

export const linuxAntivirus: Probe<"antivirus"> = async (context) => {
  const { os, facts, antivirusRules } = context;
  const running = await lookAround(os);
  const products = [];
  for (const rule of antivirusRules) {
    if (rule.platform === "windows" || !(await isInstalled(rule, os, running))) continue;
    products.push(await readProduct(rule, context, running));
  }
  return { products: facts.known(products.slice(0, PRODUCTS_MAX), "product rules", "os-record") };
};
