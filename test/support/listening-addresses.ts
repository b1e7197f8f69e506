// The sockets a process listens on, from Linux's /proc: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const listenState = '0A';

/** @returns addresses such as 127.0.0.1:3001; those that are not loopback in the kernel's hexadecimal format */
export function listeningAddresses(pid: number): string[] {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`)));
  return ['tcp', 'tcp6'].flatMap((table) => {
    const rows = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1);
    return rows
      .map((row) => row.trim().split(/\s+/))
      .filter((cells) => cells[3] === listenState && sockets.has(`socket:[${cells[9]}]`))
      .map((cells) => formatAddress(cells[1] as string));
  });
}

const loopback: Record<string, string> = {
  '0100007F': '127.0.0.1',
  '00000000000000000000000001000000': '::1',
  '0000000000000000FFFF00000100007F': '127.0.0.1',
};

function formatAddress(local: string): string {
  const [address = '', port = ''] = local.split(':');
  return `${loopback[address] ?? address}:${Number.parseInt(port, 16)}`;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed since it was listed
  }
}
