/* A libnvidia-ml.so of two GPUs. FOLDER has the reports and chains that they give; a report is
   given for the nonce that it was made for, and for no other. */
#include <stdio.h>
#include <string.h>

typedef struct {
  unsigned int chainSize, attestationChainSize;
  unsigned char chain[0x1000], attestationChain[0x1400];
} Certificate;

typedef struct {
  unsigned int cecPresent, size, cecSize;
  unsigned char nonce[0x20], report[0x2000], cecReport[0x1000];
} Report;

#ifndef ARCHITECTURE
#define ARCHITECTURE 9
#endif
#ifndef GPUS
#define GPUS 2
#endif

static int running;
static int devices[2] = {0, 1};

static unsigned int content(const char *kind, int index, unsigned char *to, unsigned int most) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s%d", FOLDER, kind, index);
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  unsigned int size = fread(to, 1, most, file);
  fclose(file);
  return size;
}

int nvmlInit_v2(void) { running++; return 0; }
int nvmlShutdown(void) { running--; return 0; }
int is_running(void) { return running; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = GPUS; return running ? 0 : 1; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) {
  *device = &devices[index];
  return 0;
}
int nvmlDeviceGetArchitecture(int *device, unsigned int *architecture) {
  *architecture = ARCHITECTURE;
  return 0;
}
int nvmlDeviceGetConfComputeGpuCertificate(int *device, Certificate *certificate) {
  certificate->attestationChainSize =
      content("chain", *device, certificate->attestationChain, sizeof certificate->attestationChain);
  return 0;
}
#ifndef TOO_OLD
int nvmlDeviceGetConfComputeGpuAttestationReport(int *device, Report *report) {
  report->size = content("report", *device, report->report, sizeof report->report);
  if (!report->size) return 3; /* NVML_ERROR_NOT_SUPPORTED */
  return memcmp(report->report + 4, report->nonce, sizeof report->nonce) ? 2 : 0;
}
#endif
