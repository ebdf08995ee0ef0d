/* A C library with a Nitro Security Module behind it: the driver's side of /dev/nsm. The document
   that it gives is the request, so that a test sees what arrived. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct iovec64 { unsigned char *addr; unsigned long len; };
struct nsm_raw { struct iovec64 request, response; };

enum { FILE_OK = 7, FILE_REFUSING = 8, FILE_LYING = 9, FILE_FAILING = 10 };
static int opened;

int is_open(void) { return opened; }

int open(const char *path, int flags, ...) {
  if (flags != (02 | 02000000)) { errno = EINVAL; return -1; }
  opened++;
  if (!strcmp(path, "/dev/nsm")) return FILE_OK;
  if (!strcmp(path, "/dev/refusing")) return FILE_REFUSING;
  if (!strcmp(path, "/dev/lying")) return FILE_LYING;
  if (!strcmp(path, "/dev/failing")) return FILE_FAILING;
  opened--;
  errno = ENOENT;
  return -1;
}

int close(int file) {
  opened--;
  return 0;
}

int ioctl(int file, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  struct nsm_raw *raw = va_arg(arguments, struct nsm_raw *);
  va_end(arguments);
  if (request != 0xC0200A00UL || raw->response.len != 0x3000) { errno = ENOTTY; return -1; }
  unsigned char *out = raw->response.addr;
  unsigned long size = raw->request.len;
  switch (file) {
    case FILE_OK:
      memcpy(out, "\xa1\x6b" "Attestation\xa1\x68" "document\x58", 24);
      out[24] = (unsigned char) size;
      memcpy(out + 25, raw->request.addr, size);
      raw->response.len = 25 + size;
      return 0;
    case FILE_REFUSING:
      memcpy(out, "\xa1\x65" "Error\x6f" "InvalidArgument", 23);
      raw->response.len = 23;
      return 0;
    case FILE_LYING:
      raw->response.len = 0x3001;
      return 0;
    default:
      errno = EMSGSIZE;
      return -1;
  }
}
