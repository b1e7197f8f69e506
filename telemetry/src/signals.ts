// Runs a function when SIGTERM or SIGINT is about to end the process by default, that is where nobody listens for it.
// A listener of ours would change who else acts: signal-exit, and with it execa, ora and proper-lockfile, only acts if it is alone.
// So the signal is caught by a handle of libuv's, as Node.js has one for its own listeners; any number of handles get the signal.
import { createHook } from 'node:async_hooks';
import { constants } from 'node:os';
import { setImmediate } from 'node:timers';

const signals = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof signals)[number];

/** Node.js' own class, which it does not export. */
interface SignalHandle {
  onsignal: () => void;
  start(signal: number): number;
  stop(): void;
  unref(): void;
}
type SignalHandleClass = new () => SignalHandle;

/** The signals that Node.js has just handed to listeners, which may have removed themselves since. */
const handled = new Set<string>();

/** Call it for each event of the process, before its listeners run. */
export function noteEvent(name: unknown): void {
  if (typeof name !== 'string' || !(signals as readonly string[]).includes(name) || process.listenerCount(name) === 0) return;
  handled.add(name);
  setImmediate(() => handled.delete(name)); // our handle gets the signal before that: both are called in one phase of the event loop
}

/**
 * @param onSignal called for each signal, before the process' own listeners or after
 * @param beforeDefault called where the default action follows: the process ends by the signal as soon as this returns
 * @returns begins to watch. Until then a signal acts at once, even while the event loop is blocked
 */
export function watchSignals(onSignal: () => void, beforeDefault: () => void): () => void {
  const Handle = process.platform === 'win32' ? undefined : signalHandleClass(); // there, another process cannot send these
  if (!Handle) return () => {};
  const kill = process.kill;
  const restoreDefault = new Map<unknown, () => void>();
  const start: (() => void)[] = [];
  for (const signal of signals) {
    const handle = new Handle(); // here, not in a request, whose context it would keep
    const startHandle = () => handle.start(constants.signals[signal]);
    const restore = () => {
      beforeDefault();
      handle.stop();
      setImmediate(startHandle).unref(); // the first process of a container does not end by a signal that nobody listens for
    };
    handle.onsignal = () => {
      onSignal();
      if (process.listenerCount(signal) > 0 || handled.has(signal)) return;
      restore();
      kill.call(process, process.pid, signal);
    };
    handle.unref();
    start.push(startHandle);
    const restoreIfAlone = () => {
      if (process.listenerCount(signal) === 0) restore();
    };
    restoreDefault.set(signal, restoreIfAlone).set(constants.signals[signal], restoreIfAlone);
  }
  return () => {
    for (const each of start) each();
    killAtOnce(kill, restoreDefault);
  };
}

/** A process that sends itself a signal ends within the call, not when the event loop gets to the handle, which may be never. */
function killAtOnce(kill: typeof process.kill, restoreDefault: Map<unknown, () => void>): void {
  const replacement = {
    kill(pid: number, signal?: Signal | number): true {
      const target = pid | 0; // as Node.js converts it; 0 is the own process group
      if (target === process.pid || target === 0)
        restoreDefault.get(typeof signal === 'number' ? signal : signal || 'SIGTERM')?.();
      return kill.call(process, pid, signal);
    },
  }.kill;
  process.kill = replacement as typeof kill;
}

/** Seen by an async hook while Node.js creates one, for a signal that does nothing. */
function signalHandleClass(): SignalHandleClass | undefined {
  let found: SignalHandleClass | undefined;
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'SIGNALWRAP') found = resource.constructor as SignalHandleClass;
    },
  });
  const listener = () => {};
  hook.enable();
  process.on('SIGWINCH', listener);
  process.off('SIGWINCH', listener);
  hook.disable();
  return found;
}
