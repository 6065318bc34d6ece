#include "zcmpi/core/signals.hpp"

#include <unistd.h>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr int handled[] = {SIGINT, SIGTERM, SIGUSR1};
volatile std::sig_atomic_t stop_signal = 0;
volatile std::sig_atomic_t interrupts = 0;
bool alive = false;

extern "C" void zcmpi_on_stop_signal(int signal) {
  if (signal == SIGINT) {
    interrupts = interrupts + 1;
    if (interrupts > 1) {
      _exit(128 + SIGINT);
    }
  }
  if (stop_signal == 0) {
    stop_signal = signal;
  }
}

}  // namespace

ScopedStopSignals::ScopedStopSignals() {
  ZCMPI_EXPECT(!alive);
  alive = true;
  stop_signal = 0;
  interrupts = 0;
  struct sigaction action {};
  action.sa_handler = zcmpi_on_stop_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (int i = 0; i < 3; ++i) {
    sigaction(handled[i], &action, &previous_[i]);
  }
}

ScopedStopSignals::~ScopedStopSignals() {
  for (int i = 0; i < 3; ++i) {
    sigaction(handled[i], &previous_[i], nullptr);
  }
  alive = false;
}

int ScopedStopSignals::requested_by() { return stop_signal; }

}  // namespace zcmpi
