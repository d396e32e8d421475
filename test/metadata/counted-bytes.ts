/** Bytes that count how many of them are looked at, one by one or in runs: an operation count in place of a clock. */
export function countedBytes(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly looks: () => number } {
  let looks = 0;
  const counted = new Proxy(bytes, {
    get(target, property) {
      if (typeof property === 'string' && property >= '0' && property <= ':') {
        looks += 1;
        return target[Number(property)];
      }
      const value = Reflect.get(target, property, target) as unknown;
      if (property !== 'subarray') return typeof value === 'function' ? value.bind(target) : value;
      return (start: number, stop: number) => {
        looks += stop - start;
        return target.subarray(start, stop);
      };
    },
  });
  return { bytes: counted, looks: () => looks };
}
