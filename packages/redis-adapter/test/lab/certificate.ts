import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: Buffer
  readonly key: Buffer
}

/** A self-signed certificate for this machine, made by openssl. */
export function createCertificate(directory: string): Certificate {
  const keyFile = join(directory, 'key.pem')
  const certFile = join(directory, 'cert.pem')
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'.split(' ')
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', ...request, ...names, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  return { keyFile, certFile, cert: readFileSync(certFile), key: readFileSync(keyFile) }
}
