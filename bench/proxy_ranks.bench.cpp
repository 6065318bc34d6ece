// How zero-cost proxies rank networks, beside a table of published ones:
//
//     OMP_NUM_THREADS=1 bench_proxy_ranks TABLE IMAGES [--networks N] [--batch N] [--seed S]
//
// TABLE is a feature table or a CSV of one problem, IMAGES what the network is fed with. Takes N of its architectures,
// evenly spread, and prints for each proxy Spearman's rho with the table's column of that name, Kendall's tau of both
// with the accuracy, and the mean seconds that it took.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/rank/rank.hpp"

namespace {

using namespace zcmpi;

struct Settings {
  std::vector<std::string> files;
  std::size_t networks = 200;
  std::size_t batch = 64;
  std::uint64_t seed = 1;
};

Settings parse_arguments(int argc, char** argv) {
  Settings settings;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with("--")) {
      settings.files.push_back(arguments[i]);
      continue;
    }
    if (i + 1 == arguments.size()) {
      throw InputError("the last option has no value");
    }
    const std::size_t value = std::stoul(arguments[i + 1]);
    if (arguments[i] == "--networks") {
      settings.networks = value;
    } else if (arguments[i] == "--batch") {
      settings.batch = value;
    } else if (arguments[i] == "--seed") {
      settings.seed = value;
    } else {
      throw InputError(fmt::format("unknown option {}", arguments[i]));
    }
    ++i;
  }
  if (settings.files.size() != 2) {
    throw InputError("usage: bench_proxy_ranks TABLE IMAGES [--networks N] [--batch N] [--seed S]");
  }
  return settings;
}

/// Values of one proxy and what they are compared with, where both are there.
struct Columns {
  std::vector<double> computed;
  std::vector<double> published;
  std::vector<double> accuracies;
  std::size_t missing = 0;
  double seconds = 0.0;
};

std::string correlation_text(Statistic statistic, const std::vector<double>& values,
                             const std::vector<double>& others) {
  return values.size() < 2 ? "-"
                           : fmt::format("{:.3f}", correlation(statistic, std::span<const double>(values), others));
}

void print(const std::vector<Columns>& columns, std::span<const ProxyDescription> proxies) {
  fmt::print(
      "| proxy | rho with published | tau with accuracy | published tau | missing | seconds |\n"
      "|---|---:|---:|---:|---:|---:|\n");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Columns& column = columns[i];
    const bool known = !column.published.empty();
    fmt::print("| `{}` | {} | {} | {} | {} | {:.3f} |\n", proxies[i].name,
               known ? correlation_text(Statistic::rho, column.computed, column.published) : "-",
               correlation_text(Statistic::tau_b, column.computed, column.accuracies),
               known ? correlation_text(Statistic::tau_b, column.published, column.accuracies) : "-", column.missing,
               column.seconds / static_cast<double>(column.computed.size() + column.missing));
  }
}

void run(const Settings& settings) {
  if (const auto reason = why_not_computable(Proxy::grad_norm); !reason.empty()) {
    throw InputError(reason);
  }
  const Problem problem = load_problems(settings.files[0], {}).front();
  const ImageSet images = read_images(settings.files[1]);
  const ImageBatch batch = first_batch(images, settings.batch, settings.seed);
  const SearchSpace& space = find_space(problem.space);
  const auto proxies = all_proxies();
  const auto names = parse_proxies("all");
  std::vector<Columns> columns(proxies.size());
  const std::size_t networks = std::min(settings.networks, problem.size());
  for (std::size_t i = 0; i < networks; ++i) {
    const std::size_t row = i * problem.size() / networks;
    const Network network = build_network(space, space.parse(problem.architectures[row]),
                                          {.classes = images.classes, .image = images.shape});
    const auto values = compute_proxies(network, batch, names, {.seed = settings.seed + i});
    for (std::size_t p = 0; p < values.size(); ++p) {
      Columns& column = columns[p];
      column.seconds += values[p].seconds;
      const auto terminal = problem.find_terminal(proxies[p].name);
      const double published = terminal ? problem.feature(*terminal)[row] : 0.0;
      if (std::isnan(values[p].value) || std::isnan(published)) {
        ++column.missing;
        continue;
      }
      column.computed.push_back(values[p].value);
      column.accuracies.push_back(problem.val_accuracy[row]);
      if (terminal) {
        column.published.push_back(published);
      }
    }
  }
  fmt::print("{}: {} networks, batch {}\n\n", problem.name(), networks, settings.batch);
  print(columns, proxies);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse_arguments(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_proxy_ranks: {}\n", error.what());
    return 2;
  }
}
