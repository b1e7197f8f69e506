// Checks that files contain a valid PEM certificate or private key.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function isCertificate(path: string): boolean {
  return succeeds(() => Boolean(new X509Certificate(readFileSync(path))));
}

/** Whether the private key belongs to the certificate. */
export function isKeyPair(certificatePath: string, keyPath: string): boolean {
  return succeeds(() =>
    new X509Certificate(readFileSync(certificatePath)).checkPrivateKey(createPrivateKey(readFileSync(keyPath))),
  );
}

function succeeds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
