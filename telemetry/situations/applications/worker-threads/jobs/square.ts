export default (n: number) => {
  if (n < 0) throw new RangeError('negative');
  return n * n;
};
