// Checks that files contain a valid PEM certificate or private key.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { attempt } from './attempt.ts';

export function isCertificate(path: string): boolean {
  return attempt(() => new X509Certificate(readFileSync(path))) !== undefined;
}

/** Whether the private key belongs to the certificate. */
export function isKeyPair(certificatePath: string, keyPath: string): boolean {
  const check = () => new X509Certificate(readFileSync(certificatePath)).checkPrivateKey(createPrivateKey(readFileSync(keyPath)));
  return attempt(check) ?? false;
}
