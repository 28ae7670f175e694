import { declareSentences } from '#contract';

export const sentences = declareSentences('alerts', {
  gpu: 'GPU {{index}}',
  someGpu: 'A GPU',
  headroomByCard:
    '{{gpu}}: {{headroomMiB}} MiB of headroom left (under {{belowMiB}} MiB). The card is the bottleneck: end other programs on it, or choose a smaller run.',
  headroomByLimit:
    '{{gpu}}: {{headroomMiB}} MiB of headroom left (under {{belowMiB}} MiB). The limit is the bottleneck: raise it, or choose a smaller context, batch or model.',
  limit:
    '{{gpu}}: Headroom uses {{oursMiB}} MiB, {{percent}} % of the {{budgetMiB}} MiB budget (over {{overPercent}} %). Raise the limit, or choose a smaller context, batch or model.',
  card: '{{gpu}}: {{takenMiB}} of {{totalMiB}} MiB are in use, {{percent}} % of the card (over {{overPercent}} %). The process list shows by what: end what is not needed.',
  leak: '{{gpu}}: Headroom’s share has grown by {{grownMiB}} MiB to {{oursMiB}} MiB while idle (more than {{growsMiB}} MiB within {{minutes}} min). Clear and restart the backend to free the memory.',
  takenEndable:
    '{{gpu}}: {{program}} has allocated {{usedMiB}} MiB (over {{overMiB}} MiB). Less memory is left for your runs: you can terminate it in the process list.',
  takenOther:
    '{{gpu}}: {{program}} has allocated {{usedMiB}} MiB (over {{overMiB}} MiB). Less memory is left for your runs: ask its owner.',
  takenBefore:
    '{{gpu}}: {{program}} has held {{usedMiB}} MiB (over {{overMiB}} MiB) since before Headroom started. Less memory is left for your runs: the process list shows its owner.',
  grown:
    '{{gpu}}: {{program}} has grown from {{fromMiB}} to {{usedMiB}} MiB in {{spanMinutes}} min. It may leak memory: ask its owner, or terminate it in the process list.',
  grownWhileClosed:
    '{{gpu}}: {{program}} has grown from {{fromMiB}} to {{usedMiB}} MiB since Headroom last ran, {{spanMinutes}} min ago. It may leak memory: ask its owner, or terminate it in the process list.',
  eccBefore:
    '{{gpu}}: {{errors}} uncorrected memory error(s) since the driver was loaded. Results since then may be wrong: repeat the run, and have the card checked if it continues.',
  program: '{{name}} (pid {{pid}})',
  programOfUser: '{{name}} (pid {{pid}}, user {{user}})',
  hot: '{{gpu}}: {{celsius}} °C, over {{overCelsius}} °C for {{minutes}} min. Check its fans and the airflow; it will throttle soon.',
  brake:
    '{{gpu}}: throttled for {{minutes}} min ({{reasons}}). Check its fans, the airflow and its power cables. Runs take longer until then.',
  brakeByPower:
    '{{gpu}}: throttled for {{minutes}} min ({{reasons}}) by its power supply: check the cables and the capacity of the supply. Runs take longer until then.',
  ecc: '{{gpu}}: {{more}} new uncorrected memory error(s), {{errors}} since the driver was loaded. Results since then may be wrong: repeat the run, and have the card checked if it continues.',
  gpuVanished:
    '{{gpu}} is no longer in the list of GPUs. Look for it in the kernel log (dmesg), and restart the machine.',
  gpuLost:
    '{{gpu}} is lost: the driver cannot reach it. Restart the machine; if it recurs, check its seating and its power supply.',
  gpuNeedsReset:
    '{{gpu}} needs a reset: stop the programs on it, then run nvidia-smi --gpu-reset as root, or restart the machine.',
  gpuNoPermission: '{{gpu}} reports nothing: this user may not query it. Ask the administrator of this machine.',
  gpuUnknownError: '{{gpu}} reports nothing: the driver reports an unknown error. Restart the machine if it continues.',
  telemetryFailed:
    'No GPU telemetry for {{seconds}} s: nvidia-smi fails ({{fault}}). The values shown are old; everything else keeps running.',
  telemetryFailedOutput:
    'No GPU telemetry for {{seconds}} s: nvidia-smi fails ({{fault}}: {{output}}). The values shown are old; everything else keeps running.',
  telemetrySilent:
    'No GPU telemetry for {{seconds}} s: nvidia-smi runs without output. The values shown are old; restart the machine if it continues.',
  telemetrySlow:
    'GPU telemetry arrives every {{reachedMs}} ms instead of every {{askedMs}} ms, for {{seconds}} s now. The driver or the machine is busy; persistence mode (nvidia-smi -pm 1) makes queries faster.',
  xid: '{{gpu}}: the driver reports Xid {{code}}: {{text}} A run on it may have failed: repeat it; if the error recurs, look it up in NVIDIA’s Xid catalog and restart the machine.',
  gpuAtBus: 'GPU at {{pciBusId}}',
  notInList: 'This alert is no longer in the list.',
});

export const { say } = sentences;
