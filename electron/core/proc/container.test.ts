import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerIn, containerOf } from './container.ts';

const id = '3f4e1c0a9b8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f';
const shown = '3f4e1c0a9b8d';
const pod = 'kubepods-burstable-pod2f1c3d4e_5a6b_7c8d_9e0f_a1b2c3d4e5f6.slice';

describe('the container of a process', () => {
  it.each([
    ['docker', `12:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice/containerd.service\n`],
    ['docker', `0::/system.slice/docker-${id}.scope\n`],
    ['docker', `0::/kubepods.slice/kubepods-burstable.slice/${pod}/docker-${id}.scope\n`],
    // Seen from inside another container, whose own group is the root.
    ['docker', `0::/../../docker-${id}.scope\n`],
    ['podman', `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container\n`],
    ['podman', `11:memory:/libpod_parent/libpod-${id}\n`],
    ['podman', `0::/machine.slice/libpod-${id}.scope\n`],
    ['containerd', `0::/kubepods.slice/kubepods-burstable.slice/${pod}/cri-containerd-${id}.scope\n`],
    ['containerd', `11:cpuset:/system.slice/containerd.service/${pod}:cri-containerd:${id}\n`],
    ['containerd', `0::/user.slice/nerdctl-${id}.scope\n`],
    ['cri-o', `0::/kubepods.slice/kubepods-besteffort.slice/${pod}/crio-${id}.scope\n`],
    ['kubernetes', `9:memory:/kubepods/besteffort/pod2f1c3d4e-5a6b-7c8d-9e0f-a1b2c3d4e5f6/${id}\n`],
    ['container', `7:pids:/default/${id}\n`],
    // Nested containers: the inner one is the person's.
    ['docker', `0::/lxc.payload.build/system.slice/docker-${id}.scope\n`],
  ])('is of %s: %s', (runtime, text) => {
    expect(containerIn(text)).toEqual({ runtime, id: shown });
  });

  it.each([
    ['0::/lxc.payload.gpu-box/system.slice/ollama.service\n', 'gpu-box'],
    ['8:memory:/lxc/104/ns/user.slice\n', '104'],
  ])('of lxc has the name that a person gave: %s', (text, name) => {
    expect(containerIn(text)).toEqual({ runtime: 'lxc', id: name });
  });

  it.each([
    '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-Terminal-1234.scope\n',
    '0::/system.slice/docker.service\n',
    // The monitor of a container runs outside of it.
    `0::/machine.slice/libpod-conmon-${id}.scope\n`,
    '0::/lxc.monitor.gpu-box\n',
    `0::/system.slice/backup-${id}.service\n`,
    `0::/constructor-${id}.scope\n`,
    '0::/\n',
    '',
  ])('is none: %s', (text) => {
    expect(containerIn(text)).toBeNull();
  });

  it('is never more than a short name, whatever the lines', () => {
    const line = fc.stringMatching(/^\d:[a-z,]*:[\x20-\x7e]*$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), line), (text) => {
        expect((containerIn(text)?.id ?? '').length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('is null for a process that has exited', async () => {
    expect(await containerOf(2 ** 22 + 1)).toBeNull();
  });
});
