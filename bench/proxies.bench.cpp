// What zero-cost proxies cost, each alone and the 13 of NAS-Bench-Suite-Zero together, in units of one forward and
// backward pass of the same network on the same batch, on one core:
//
//     OMP_NUM_THREADS=1 bench_proxies [ARCHITECTURE...] [--space S] [--batch N] [--repetitions N]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace {

using namespace zcmpi;

struct Settings {
  std::string space = "nb201";
  std::vector<std::string> architectures;
  std::size_t batch = 64;
  int repetitions = 5;
};

/// The shortest of several, which is what the work itself takes.
double seconds_of(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies, int repetitions) {
  // The first call has to get its memory from the system.
  compute_proxies(network, batch, proxies);
  double shortest = 1e30;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    compute_proxies(network, batch, proxies);
    shortest = std::min(shortest, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return shortest;
}

double peak_gigabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

void measure(const Settings& settings, const std::string& architecture) {
  const SearchSpace& space = find_space(settings.space);
  const Network network = build_network(space, space.parse(architecture));
  const ImageBatch batch = random_batch(network.image(), network.classes(), settings.batch, 1);
  // The gradient norm is the cheapest that needs the loss' gradient, and next to nothing else.
  const std::vector unit_proxy{Proxy::grad_norm};
  const double unit = seconds_of(network, batch, unit_proxy, settings.repetitions);
  fmt::print("{}, batch {}: {:.1f} MFLOPs, one forward and backward {:.4f} s\n", architecture, settings.batch,
             static_cast<double>(count_flops(network)) / 1e6, unit);
  for (const auto& description : all_proxies()) {
    const std::vector alone{description.proxy};
    fmt::print("  {:<18}{:8.2f}\n", description.name, seconds_of(network, batch, alone, settings.repetitions) / unit);
  }
  auto suite = parse_proxies("nbsz");
  fmt::print("  {:<18}{:8.2f}\n", "nbsz (13)", seconds_of(network, batch, suite, settings.repetitions) / unit);
  std::erase(suite, Proxy::grasp);
  fmt::print("  {:<18}{:8.2f}\n", "without grasp", seconds_of(network, batch, suite, settings.repetitions) / unit);
  fmt::print("  {:<18}{:8.2f}\n", "all", seconds_of(network, batch, parse_proxies("all"), settings.repetitions) / unit);
  fmt::print("  peak memory of the program so far: {:.2f} GiB\n", peak_gigabytes());
}

void run(int argc, char** argv) {
  Settings settings;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--space" && has_value) {
      settings.space = arguments[++i];
    } else if (arguments[i] == "--batch" && has_value) {
      settings.batch = std::stoul(arguments[++i]);
    } else if (arguments[i] == "--repetitions" && has_value) {
      settings.repetitions = std::stoi(arguments[++i]);
    } else {
      settings.architectures.push_back(arguments[i]);
    }
  }
  if (settings.architectures.empty()) {
    settings.architectures =
        settings.space == "nb201"
            ? std::vector<std::string>{"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|"
                                       "nor_conv_3x3~2|",
                                       "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|"
                                       "none~2|",
                                       "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|"
                                       "skip_connect~2|"}
            : std::vector<std::string>{std::string(find_space(settings.space).example())};
  }
  // Such as a library of another revision.
  if (const auto reason = why_not_computable(Proxy::grad_norm); !reason.empty()) {
    throw InputError(reason);
  }
  for (const auto& architecture : settings.architectures) {
    measure(settings, architecture);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_proxies: {}\n", error.what());
    return 2;
  }
}
