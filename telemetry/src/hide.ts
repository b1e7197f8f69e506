/** Defines a property that is not enumerable, so that an application which inspects or copies the object does not see it. */
export function hide(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}

/** Copies the name and the number of parameters of a function, which an application may read, to its replacement. */
export function copySignature<Fn extends object>({ name, length }: { name: string; length: number }, replacement: Fn): Fn {
  return Object.defineProperties(replacement, { name: { value: name }, length: { value: length } });
}
