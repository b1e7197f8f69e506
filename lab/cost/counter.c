/*
 * A plugin of QEMU: counts the instructions that a process executes, in a file that the bench reads while the process runs.
 * Each thread counts in a cache line of its own. https://www.qemu.org/docs/master/devel/tcg-plugins.html
 * The declarations are here because Debian's package has no header.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct qemu_plugin_tb;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, void (*callback)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, void (*callback)(unsigned, void *), int flags, void *data);

enum { THREADS = 4096, COUNTERS_PER_LINE = 8 };

int qemu_plugin_version = VERSION; /* 1 up to QEMU 8, 2 from QEMU 9 on */
static volatile uint64_t *counters;

static void executed(unsigned thread, void *instructions) {
  counters[thread % THREADS * COUNTERS_PER_LINE] += (uintptr_t)instructions;
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *block) {
  qemu_plugin_register_vcpu_tb_exec_cb(block, executed, 0, (void *)qemu_plugin_tb_n_insns(block));
}

int qemu_plugin_install(uint64_t plugin, const void *info, int count, char **arguments) {
  const size_t bytes = THREADS * COUNTERS_PER_LINE * sizeof *counters;
  if (count != 1 || strncmp(arguments[0], "out=", 4) != 0) return -1;
  const int file = open(arguments[0] + 4, O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, bytes) != 0) return -1;
  counters = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (counters == MAP_FAILED) return -1;
  qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
  return 0;
}
