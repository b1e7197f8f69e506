// An OpenFeature provider for a file in the format of flagd, https://flagd.dev/reference/flag-definitions/. It may be edited while it is in use.
// The provider of flagd itself looks at its file every 5 s, too seldom for somebody who switches a fault and writes the next number.
import { unwatchFile, watchFile } from 'node:fs';
import { FlagdCore } from '@openfeature/flagd-core';
import {
  type EvaluationContext,
  type Logger,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
} from '@openfeature/server-sdk';
import { readFlagFile, watchIntervalMs } from './switches.ts';

interface FlagFileProvider extends Provider {
  /** Without an evaluation, which takes 0.05 ms: a dozen for each request would count. */
  isEnabled(flag: string): boolean;
}

/** @param log called if the content is not valid, in which case the flags do not change. A missing file has no flags. */
export function createFlagFileProvider(path: string, log: (sentence: string) => void): FlagFileProvider {
  const core = new FlagdCore();
  const events = new OpenFeatureEventEmitter();

  function load(): void {
    try {
      core.setConfigurations(readFlagFile(path));
    } catch (error) {
      log(`${path} is not valid: ${(error as Error).message}; the faults stay as they were`);
    }
  }

  function onChange(): void {
    load();
    events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...core.getFlags().keys()] });
  }

  return {
    isEnabled: (flag) => core.getFlag(flag)?.state === 'ENABLED',
    metadata: { name: 'flag file' },
    runsOn: 'server',
    events,
    async initialize() {
      load();
      watchFile(path, { interval: watchIntervalMs, persistent: false }, onChange);
    },
    async onClose() {
      unwatchFile(path, onChange);
    },
    resolveBooleanEvaluation: async (flag: string, value: boolean, context: EvaluationContext, logger: Logger) =>
      core.resolveBooleanEvaluation(flag, value, context, logger),
    resolveStringEvaluation: async (flag, value, context, logger) => core.resolveStringEvaluation(flag, value, context, logger),
    resolveNumberEvaluation: async (flag, value, context, logger) => core.resolveNumberEvaluation(flag, value, context, logger),
    resolveObjectEvaluation: async (flag, value, context, logger) => core.resolveObjectEvaluation(flag, value, context, logger),
  };
}
