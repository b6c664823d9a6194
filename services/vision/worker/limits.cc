// SPDX-License-Identifier: Apache-2.0
#include "services/vision/worker/limits.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOOPDOCK_SANITIZED 1
#else
#define LOOPDOCK_SANITIZED 0
#endif

namespace loopdock::vision {
namespace {

constexpr rlim_t kAddressSpaceBytes = rlim_t{1536} << 20;
constexpr rlim_t kOpenFiles = 4;

absl::Status Failed(const char* what, int error) {
  return absl::UnavailableError(std::string(what) + ": " + strerror(error));
}

absl::Status Limit(__rlimit_resource_t resource, rlim_t value, const char* name) {
  const rlimit limit{value, value};
  return setrlimit(resource, &limit) == 0 ? absl::OkStatus() : Failed(name, errno);
}

// Calls without condition. What is not listed fails with EPERM, which a library reports as an error
// like any other; abort and the limits still end the process.
constexpr int kAllowed[] = {SCMP_SYS(read),
                            SCMP_SYS(write),
                            SCMP_SYS(close),
                            SCMP_SYS(recvmsg),
                            SCMP_SYS(sendmsg),
                            SCMP_SYS(poll),
                            SCMP_SYS(ppoll),
                            SCMP_SYS(munmap),
                            SCMP_SYS(mremap),
                            SCMP_SYS(madvise),
                            SCMP_SYS(brk),
                            SCMP_SYS(futex),
                            SCMP_SYS(rt_sigaction),
                            SCMP_SYS(rt_sigprocmask),
                            SCMP_SYS(rt_sigreturn),
                            SCMP_SYS(sigaltstack),
                            SCMP_SYS(restart_syscall),
                            SCMP_SYS(clock_gettime),
                            SCMP_SYS(gettimeofday),
                            SCMP_SYS(clock_getres),
                            SCMP_SYS(getrusage),
                            SCMP_SYS(getpid),
                            SCMP_SYS(gettid),
                            SCMP_SYS(tgkill),
                            SCMP_SYS(exit),
                            SCMP_SYS(exit_group),
                            SCMP_SYS(fstat),
                            SCMP_SYS(newfstatat),
                            SCMP_SYS(lseek),
                            SCMP_SYS(sched_yield),
                            SCMP_SYS(getrandom),
                            SCMP_SYS(sched_getaffinity)};

// What a camera needs beside these: its device, its connection, and time between two pictures.
constexpr int kAllowedCamera[] = {
    SCMP_SYS(ioctl),           SCMP_SYS(recvfrom),  SCMP_SYS(sendto),   SCMP_SYS(select),
    SCMP_SYS(pselect6),        SCMP_SYS(nanosleep), SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(readv),     SCMP_SYS(writev)};

int AddRules(scmp_filter_ctx filter, Closed to) {
  for (const int call : kAllowed) {
    const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    if (error != 0) return error;
  }
  for (const int call : kAllowedCamera) {
    if (to != Closed::kCamera) break;
    const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    if (error != 0) return error;
  }
  // Memory, but none that can be executed.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                                       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (error != 0) return error;
  }
  // The seals of the picture.
  int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                               SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(F_GET_SEALS)));
  if (error != 0) return error;
  // The processor time of the next picture, for ourselves only.
  for (const int call : {SCMP_SYS(prlimit64), SCMP_SYS(setrlimit)}) {
    const unsigned resource = call == SCMP_SYS(setrlimit) ? 0 : 1;
    error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                             scmp_arg_cmp{resource, SCMP_CMP_EQ, RLIMIT_CPU, 0});
    if (error != 0) return error;
  }
  return 0;
}

absl::Status FilterCalls(Closed to) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return Failed("seccomp_init", ENOMEM);
  // For the threads of a decoder too.
  int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (error == 0) error = AddRules(filter, to);
  if (error == 0) error = seccomp_load(filter);
  seccomp_release(filter);
  return error == 0 ? absl::OkStatus() : Failed("seccomp", -error);
}

}  // namespace

absl::Status CloseIn(Closed to) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("no_new_privs", errno);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return Failed("dumpable", errno);
  // Standard error may be a file, and libraries complain there: such a write must fail, not kill.
  if (std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return Failed("SIGXFSZ", errno);
  absl::Status done = Limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  if (done.ok()) done = Limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
  // Sanitizers reserve terabytes of addresses and look at files of /proc.
  if (LOOPDOCK_SANITIZED) return done;
  if (done.ok()) done = Limit(RLIMIT_NOFILE, kOpenFiles, "RLIMIT_NOFILE");
  if (done.ok()) done = Limit(RLIMIT_AS, kAddressSpaceBytes, "RLIMIT_AS");
  if (done.ok()) done = FilterCalls(to);
  return done;
}

void AllowCpuTime(absl::Duration more) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const absl::Duration used =
      absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  const absl::Duration limit = absl::Ceil(used + more, absl::Seconds(1)) + absl::Seconds(1);
  const rlimit soft{static_cast<rlim_t>(absl::ToInt64Seconds(limit)), RLIM_INFINITY};
  setrlimit(RLIMIT_CPU, &soft);
}

}  // namespace loopdock::vision
