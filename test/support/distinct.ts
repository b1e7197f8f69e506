/** Removes duplicate spans or log records. Those in flight when a process exits are sent again and may arrive twice. */
export function distinct<Item>(items: Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
