/*
 * A PKCS#11 module for tests: it passes every call to a real one and loses the token on demand.
 * FAULTY_MODULE names the real module, FAULTY_ORDER a file. While that file is there, calls that
 * use the token return the code in it (hexadecimal), or wait where it says "hang". Other words in
 * it leave all but one thing as it is:
 *   keep           keys cannot be destroyed
 *   odd CODE HEX   what begins with these four bytes is decrypted with this code
 *   wrap CODE      nothing is encrypted, with this code
 *   one            objects are found one by one
 *   no-end         objects are found without end
 *   pin FLAGS      the token has these flags too
 * It prints a line when it is loaded, as modules do.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK 0UL
#define ACTION_PROHIBITED 0x1BUL
#define FUNCTIONS 68

typedef unsigned long ulong_t;

struct function_list {
  unsigned char version[8];
  void *function[FUNCTIONS];
};

/* Positions in CK_FUNCTION_LIST. */
enum {
  GET_FUNCTION_LIST = 3,
  OPEN_SESSION = 12,
  GET_TOKEN_INFO = 6,
  LOGIN = 18,
  DESTROY_OBJECT = 22,
  FIND_OBJECTS = 27,
  ENCRYPT_INIT = 29,
  ENCRYPT = 30,
  DECRYPT_INIT = 33,
  DECRYPT = 34,
  SIGN_INIT = 42
};

static struct function_list *real;
static struct function_list list;

/* Whether the order starts with this; its text is in text. */
static int orders(const char *word, char text[32]) {
  FILE *file = fopen(getenv("FAULTY_ORDER"), "r");
  memset(text, 0, 32);
  if (file == NULL) {
    return 0;
  }
  size_t size = fread(text, 1, 31, file);
  fclose(file);
  return size > 0 && strncmp(text, word, strlen(word)) == 0;
}

static ulong_t order(void) {
  char text[32];
  while (orders("hang", text)) {
    usleep(10000);
  }
  return isxdigit((unsigned char)text[0]) ? strtoul(text, NULL, 16) : OK;
}

static ulong_t get_token_info(ulong_t slot, unsigned char *info) {
  char text[32];
  ulong_t result =
      ((ulong_t(*)(ulong_t, unsigned char *))real->function[GET_TOKEN_INFO])(slot, info);
  if (result == OK && orders("pin", text)) {
    ulong_t flags;
    memcpy(&flags, info + 96, sizeof flags); /* after label, maker, model, serial number */
    flags |= strtoul(text + 3, NULL, 16);
    memcpy(info + 96, &flags, sizeof flags);
  }
  return result;
}

static ulong_t find_objects(ulong_t session, ulong_t *objects, ulong_t room, ulong_t *count) {
  char text[32];
  if (orders("one", text) && room > 1) {
    room = 1;
  }
  ulong_t result = ((ulong_t(*)(ulong_t, ulong_t *, ulong_t, ulong_t *))real->function[FIND_OBJECTS])(
      session, objects, room, count);
  if (result == OK && orders("no-end", text)) {
    memset(objects, 1, room * sizeof *objects);
    *count = room;
  }
  return result;
}

static ulong_t destroy_object(ulong_t session, ulong_t object) {
  char text[32];
  if (orders("keep", text)) {
    return ACTION_PROHIBITED;
  }
  return ((ulong_t(*)(ulong_t, ulong_t))real->function[DESTROY_OBJECT])(session, object);
}

static ulong_t open_session(
    ulong_t slot, ulong_t flags, void *application, void *notify, ulong_t *session) {
  ulong_t code = order();
  if (code != OK) {
    return code;
  }
  return ((ulong_t(*)(ulong_t, ulong_t, void *, void *, ulong_t *))real->function[OPEN_SESSION])(
      slot, flags, application, notify, session);
}

static ulong_t login(ulong_t session, ulong_t user, unsigned char *pin, ulong_t size) {
  ulong_t code = order();
  if (code != OK) {
    return code;
  }
  return ((ulong_t(*)(ulong_t, ulong_t, unsigned char *, ulong_t))real->function[LOGIN])(
      session, user, pin, size);
}

static ulong_t init(int position, ulong_t session, void *mechanism, ulong_t key) {
  ulong_t code = order();
  if (code != OK) {
    return code;
  }
  return ((ulong_t(*)(ulong_t, void *, ulong_t))real->function[position])(session, mechanism, key);
}

/* The real function is called in any case: else its operation would stay active. */
static ulong_t run(
    int position,
    ulong_t session,
    unsigned char *in,
    ulong_t in_size,
    unsigned char *out,
    ulong_t *out_size) {
  ulong_t code = order();
  ulong_t result =
      ((ulong_t(*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *))real
           ->function[position])(session, in, in_size, out, out_size);
  return code != OK ? code : result;
}

static ulong_t encrypt_init(ulong_t session, void *mechanism, ulong_t key) {
  char text[32];
  if (orders("wrap", text)) {
    return strtoul(text + 4, NULL, 16);
  }
  return init(ENCRYPT_INIT, session, mechanism, key);
}

static ulong_t decrypt_init(ulong_t session, void *mechanism, ulong_t key) {
  return init(DECRYPT_INIT, session, mechanism, key);
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
  return init(SIGN_INIT, session, mechanism, key);
}

static ulong_t encrypt(
    ulong_t session, unsigned char *in, ulong_t in_size, unsigned char *out, ulong_t *out_size) {
  return run(ENCRYPT, session, in, in_size, out, out_size);
}

static ulong_t decrypt(
    ulong_t session, unsigned char *in, ulong_t in_size, unsigned char *out, ulong_t *out_size) {
  char text[32];
  ulong_t code, start;
  if (in_size > 4 && orders("odd", text) && sscanf(text, "odd %lx %lx", &code, &start) == 2
      && (start >> 24 & 0xff) == in[0] && (start >> 16 & 0xff) == in[1]
      && (start >> 8 & 0xff) == in[2] && (start & 0xff) == in[3]) {
    (void)run(DECRYPT, session, in, in_size, out, out_size);
    return code;
  }
  return run(DECRYPT, session, in, in_size, out, out_size);
}

static ulong_t function_list(struct function_list **out) {
  *out = &list;
  return OK;
}

ulong_t C_GetFunctionList(struct function_list **out) {
  if (real == NULL) {
    void *module = dlopen(getenv("FAULTY_MODULE"), RTLD_NOW | RTLD_LOCAL);
    ulong_t (*get)(struct function_list **) =
        module == NULL ? NULL : (ulong_t(*)(struct function_list **))dlsym(module, "C_GetFunctionList");
    if (get == NULL || get(&real) != OK) {
      return 5UL;
    }
    puts("the module for tests is loaded");
    fflush(stdout);
    memcpy(&list, real, sizeof list);
    list.version[0] = 2; /* The list of version 3 is longer than what was copied. */
    list.version[1] = 40;
    list.function[GET_FUNCTION_LIST] = (void *)function_list;
    list.function[OPEN_SESSION] = (void *)open_session;
    list.function[GET_TOKEN_INFO] = (void *)get_token_info;
    list.function[FIND_OBJECTS] = (void *)find_objects;
    list.function[LOGIN] = (void *)login;
    list.function[DESTROY_OBJECT] = (void *)destroy_object;
    list.function[ENCRYPT_INIT] = (void *)encrypt_init;
    list.function[ENCRYPT] = (void *)encrypt;
    list.function[DECRYPT_INIT] = (void *)decrypt_init;
    list.function[DECRYPT] = (void *)decrypt;
    list.function[SIGN_INIT] = (void *)sign_init;
  }
  *out = &list;
  return OK;
}
