/** A store whose writes the test lets through, holds up or fails. */
import type { Store } from "../../collector/store/port.ts";

/** `store` in all but its writes, which pass through `around`. */
export function storeWith(store: Store, around: (write: () => Promise<unknown>) => Promise<unknown>): Store {
  const write: Store["write"] = (work, options) => around(() => store.write(work, options)) as never;
  return new Proxy(store, {
    get(target, name) {
      if (name === "write") return write;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
