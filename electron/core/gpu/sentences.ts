import { declareSentences } from '#contract';

export const sentences = declareSentences('gpu', {
  // Why telemetry fails, where nvidia-smi itself prints nothing.
  silentExit: 'nvidia-smi exited without an error message (exit code {{code}}).',
  killed: 'nvidia-smi was killed by {{signal}}.',
  killedOutput: 'nvidia-smi was killed by {{signal}}. Its last output: {{output}}',
  noRows: 'nvidia-smi runs, but reports no GPU. Its output: {{output}}',
  slow: 'nvidia-smi has not answered yet. Headroom keeps waiting, longer with each attempt.',
  cannotStart: 'nvidia-smi cannot be started ({{reason}}). Repair the driver, or correct HEADROOM_NVIDIA_SMI.',
  missing: 'nvidia-smi was not found. Install the NVIDIA driver, or set HEADROOM_NVIDIA_SMI.',
  cardWithoutSmi: 'This machine has an NVIDIA GPU ({{trace}}), but nvidia-smi was not found. {{remedy}}',
  installUtilities:
    'Install the utilities of its driver (such as the package nvidia-utils), or set HEADROOM_NVIDIA_SMI; in a container, request them with NVIDIA_DRIVER_CAPABILITIES=compute,utility.',
  installDriver: 'Install the NVIDIA driver.',
  installInWindows: 'Install the NVIDIA driver in Windows, then restart WSL with wsl --shutdown.',
  upgradeJetPack: 'Upgrade to a JetPack that includes it (6 or later), or set HEADROOM_NVIDIA_SMI.',
  reinstallDriver: 'Reinstall the NVIDIA driver, or set HEADROOM_NVIDIA_SMI.',
  stalled: 'nvidia-smi stopped answering; Headroom restarts it.',
  tooOld: 'This nvidia-smi does not report GPU memory. Install a newer NVIDIA driver.',
  noProcessList: 'nvidia-smi does not list the processes: {{reason}}',
  closing: 'Headroom is closing.',
  // Why a process on a GPU is not terminated.
  notOnGpu: 'Process {{pid}} is no longer on a GPU: nothing was terminated.',
  otherProcess: 'Process {{pid}} is not the one that was shown: check the list again.',
  drawsScreen: 'Process {{pid}} ({{name}}) draws this screen: Headroom does not terminate it.',
  unknownProcess:
    'Process {{pid}} ({{name}}) cannot be identified, for example because it runs in another container: terminate it where it runs.',
  userProcess: 'Process {{pid}} belongs to {{user}}: ask them to terminate it.',
  otherUserProcess: 'Process {{pid}} belongs to another user: ask them to terminate it.',
  panelProcess: 'Process {{pid}} belongs to this panel: Headroom does not terminate it.',
  backendProcess: 'Process {{pid}} belongs to Headroom’s own backend: use Stop.',
  otherPanelProcess: 'Process {{pid}} belongs to the backend of another panel: use Stop there.',
  survives: 'Process {{pid}} ({{name}}) does not exit: it waits for the driver. Restart the machine if it stays.',
  // What the well-known Xid errors mean, by NVIDIA's catalog.
  xidDetails: '{{meaning}} ({{details}})',
  xidUnknown: 'The driver reports no details.',
  xid13:
    'A program caused a GPU exception: an illegal instruction or an out-of-bounds access. Usually a bug in that program.',
  xid31: 'A program accessed GPU memory that is not its own (page fault). Usually a bug in that program.',
  xid43: 'The GPU stopped a program after an error of that program. Other programs continue.',
  xid45: 'Work on the GPU was cleaned up because its program exited or an earlier error occurred.',
  xid48: 'GPU memory had an error that ECC could not correct. Restart the programs on this GPU, and reset it.',
  xid61: 'A microcontroller of the GPU halted at a breakpoint. Reset the GPU.',
  xid62: 'A microcontroller of the GPU halted. Reset the GPU.',
  xid63: 'The GPU recorded a faulty memory row, which the next reset replaces.',
  xid64: 'The GPU could not record a faulty memory row. Reset it; if this recurs, have the card examined.',
  xid74: 'NVLink between GPUs had an error. If this recurs, check the bridge or the board.',
  xid79: 'The GPU has fallen off the bus. Restart the machine; if this recurs, check its power supply and its seating.',
  xid92: 'ECC corrects a high rate of memory errors of this GPU. If this continues, have the card examined.',
  xid94: 'GPU memory had an error that was contained within one program. Restart that program.',
  xid95: 'GPU memory had an error that may affect every program. Reset the GPU before it is used again.',
  xid119: 'The GPU system processor (GSP) timed out. Reset the GPU, or restart the machine.',
  xid120: 'The GPU system processor (GSP) had an error. Reset the GPU, or restart the machine.',
});

export const { say } = sentences;
