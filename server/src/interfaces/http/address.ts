import { isIPv6 } from 'node:net';

/** Bits of an IPv6 address that name a network; whoever has one has all addresses in it. */
const networkGroups = 4;

/** Whom an address counts as: an IPv4 address as itself, an IPv6 address as its /64 network. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const missing = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...missing, ...right].slice(0, networkGroups).join(':').toLowerCase()}::`;
}
