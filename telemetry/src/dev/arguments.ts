// The command line: fastify-otlp dev [options] -- command [arguments]
import { parseArgs } from 'node:util';
import { CommandError, exitCodes } from './command-error.ts';

/** A port of 0 selects any free port. */
export interface Ports {
  /** The viewer's pages. */
  pages: number;
  /** OTLP over gRPC. */
  grpc: number;
  /** OTLP over HTTP. The viewer's pages are also served on this port. */
  http: number;
}

export const portOptions = { pages: '--port', grpc: '--grpc-port', http: '--http-port' } as const;

export interface DevRequest {
  kind: 'dev';
  command: string;
  args: string[];
  ports: Ports;
}

interface DoctorRequest {
  kind: 'doctor';
  command: string;
  args: string[];
}

export const usage = `Usage: fastify-otlp dev [options] -- command [arguments]
       fastify-otlp doctor -- command [arguments]

dev runs a service with the instrumentation and shows its traces and logs in a local viewer, which ends with the service.

  fastify-otlp dev -- node app.js
  fastify-otlp dev --port 3100 -- npm start

doctor starts a service as you start it, checks its instrumentation, sends a span where it sends its own, and stops it.

  fastify-otlp doctor -- node --import fastify-otlp/register app.js

Options of dev:
  --port <port>        the viewer's pages (default 3000)
  --grpc-port <port>   OTLP over gRPC (default 4317)
  --http-port <port>   OTLP over HTTP (default 4318)
  -h, --help           print this text
  -v, --version        print the version`;

const options = {
  port: { type: 'string', default: '3000' },
  'grpc-port': { type: 'string', default: '4317' },
  'http-port': { type: 'string', default: '4318' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/**
 * @param argv arguments without the program and the script
 * @throws {CommandError} if arguments are invalid or missing
 */
export function readArguments(argv: string[]): DevRequest | DoctorRequest | { kind: 'help' } | { kind: 'version' } {
  const isDev = argv[0] === 'dev';
  const isDoctor = argv[0] === 'doctor';
  const { own, command } = split(isDev || isDoctor ? argv.slice(1) : argv);
  const values = parse(own);
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  if (!isDev && !isDoctor) throw wrong(command[0] === undefined ? 'command missing' : `unknown command "${command[0]}"`);
  const [file, ...args] = command;
  if (!file) throw wrong('the command that starts the service is missing');
  if (isDoctor) return { kind: 'doctor', command: file, args };
  const ports = {
    pages: readPort(portOptions.pages, values.port),
    grpc: readPort(portOptions.grpc, values['grpc-port']),
    http: readPort(portOptions.http, values['http-port']),
  };
  if (ports.grpc !== 0 && [ports.pages, ports.http].includes(ports.grpc)) {
    throw wrong(`port ${ports.grpc} is both that of ${portOptions.grpc} and of another option`);
  }
  return { kind: 'dev', command: file, args, ports };
}

/** The service's command starts at the first argument that is not an option. `--` is optional, because npm and PowerShell remove it. */
function split(args: string[]): { own: string[]; command: string[] } {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const end = tokens.find(({ kind }) => kind !== 'option');
  if (!end) return { own: args, command: [] };
  return { own: args.slice(0, end.index), command: args.slice(end.kind === 'option-terminator' ? end.index + 1 : end.index) };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\.?\s*(?:\n|\. To specify)/);
    throw wrong(sentence);
  }
}

function readPort(option: string, given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw wrong(`${option} must be a port from 0 to 65535, not "${given}"`);
}

function wrong(sentence: string): CommandError {
  return new CommandError(`${sentence}. Example: fastify-otlp dev -- node app.js (--help lists the options)`, exitCodes.usage);
}
