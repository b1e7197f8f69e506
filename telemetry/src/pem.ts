// Whether a file has the certificate or the key that TLS needs.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function isCertificate(path: string): boolean {
  return succeeds(() => Boolean(new X509Certificate(readFileSync(path))));
}

/** Whether the key is that of the certificate. */
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
