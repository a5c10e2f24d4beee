import { keepCertificates } from '../apiservice/rotation.ts';
import { certificateDirectory } from './certificate-directory.ts';
import type { Parts } from './parts.ts';

/** The authority and the serving certificate of this installation, from its folder; made where missing. */
export async function openCertificates({ clock, config, log }: Parts) {
  const { certificateDirectory: folder, serviceName, serviceNamespace } = config.adapter;
  const service = `${serviceName}.${serviceNamespace}`;
  const names = [`${service}.svc`, `${service}.svc.cluster.local`, 'localhost', '127.0.0.1', '::1'];
  return await keepCertificates(certificateDirectory(folder), names, () => clock.now(), log);
}
