// Contexts that refer to their parent. The API's own contexts copy all values of their parent, which takes some twenty times as long.
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/** Applications may derive contexts from each other in a loop. Beyond this number of layers, they are copied. */
const mostLayers = 16;

class LayeredContext implements Context {
  readonly #parent: Context;
  readonly #key: symbol;
  readonly #value: unknown;
  readonly #layers: number;

  constructor(parent: Context, key: symbol, value: unknown, layers: number) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
    this.#layers = layers;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (this.#layers === mostLayers) return this.#copy().setValue(key, value);
    return new LayeredContext(this, key, value, this.#layers + 1);
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }

  /** @returns a context of the API with the same values */
  #copy(): Context {
    const parent = this.#parent instanceof LayeredContext ? this.#parent.#copy() : this.#parent;
    return parent.setValue(this.#key, this.#value);
  }
}

/** Without values, like ROOT_CONTEXT. Contexts derived from it are layered. */
export const LAYERED_ROOT: Context = new LayeredContext(ROOT_CONTEXT, createContextKey('root'), undefined, 0);
