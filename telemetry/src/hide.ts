/** Defines a property that is not enumerable, so that an application which inspects or copies the object does not see it. */
export function hide(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}
