/** A share in percent, `8.2 %`; one decimal, and two below a tenth of a percent of what is small. */
export function percent(share: number): string {
  const value = share * 100;
  const decimals = Math.abs(value) >= 0.1 || value === 0 ? 1 : 2;
  return `${value.toFixed(decimals).replace(/\.0$/, '')} %`;
}
