// Contexts that refer to their parent. The API's own contexts copy all values of their parent, which takes many times as long.
import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * Applications may derive contexts from each other in a loop. Beyond this number of layers, all values are copied into one context.
 * Up to that number, replaced values stay in memory.
 */
const mostLayers = 16;

/**
 * Its methods need no `this`, like those of the API's contexts: an application may pass them on, or wrap or copy a context.
 *
 * @param copyParent returns a context of the API with the values of the parent
 */
function layer(parent: Context, copyParent: () => Context, key: symbol, value: unknown, layers: number): Context {
  const copy = () => copyParent().setValue(key, value);
  const self: Context = {
    getValue: (wanted) => (wanted === key ? value : parent.getValue(wanted)),
    setValue: (newKey, newValue) =>
      layers === mostLayers ? copy().setValue(newKey, newValue) : layer(self, copy, newKey, newValue, layers + 1),
    deleteValue: (unwanted) => copy().deleteValue(unwanted), // a layer would still reference the value
  };
  return self;
}

/** Without values, like ROOT_CONTEXT. Contexts derived from it are layered. */
export const LAYERED_ROOT: Context = layer(ROOT_CONTEXT, () => ROOT_CONTEXT, Symbol(), undefined, 0);
