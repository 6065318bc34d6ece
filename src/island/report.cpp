#include "report.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "zcmpi/core/error.hpp"
#include "zcmpi/gp/median.hpp"

namespace zcmpi {
namespace {

static_assert(std::is_trivially_copyable_v<RankReport>, "reports travel as bytes");

}  // namespace

ReportExchange::ReportExchange(const Communicator& communicator) : communicator_(communicator) {
  traffic_->all.resize(static_cast<std::size_t>(communicator.size()));
}

ReportExchange::~ReportExchange() {
  // As with migrants: only an exception leaves an exchange under way, and MPI may still write to the reports.
  if (under_way_ && traffic_->request != MPI_REQUEST_NULL) {
    static_cast<void>(traffic_.release());
  }
}

void ReportExchange::post(const RankReport& report) {
  ZCMPI_EXPECT(!under_way_);
  under_way_ = true;
  traffic_->own = report;
  if (communicator_.is_serial()) {
    traffic_->all.front() = report;
  } else {
    MPI_Iallgather(&traffic_->own, sizeof(RankReport), MPI_BYTE, traffic_->all.data(), sizeof(RankReport), MPI_BYTE,
                   communicator_.native(), &traffic_->request);
  }
}

std::span<const RankReport> ReportExchange::complete() {
  ZCMPI_EXPECT(under_way_);
  if (!communicator_.is_serial()) {
    MPI_Wait(&traffic_->request, MPI_STATUS_IGNORE);
  }
  under_way_ = false;
  return traffic_->all;
}

Wish strongest_wish(std::span<const RankReport> reports) {
  std::int32_t strongest = 0;
  for (const RankReport& report : reports) {
    strongest = std::max(strongest, report.wish);
  }
  return static_cast<Wish>(strongest);
}

RankReport make_report(std::span<const Island> islands, std::uint32_t generation, Wish wish) {
  RankReport report;
  report.wish = static_cast<std::int32_t>(wish);
  report.generation = generation;
  report.best_fitness = -std::numeric_limits<double>::infinity();
  std::vector<double> fitnesses;
  for (const Island& island : islands) {
    const IslandState& state = island.state();
    fitnesses.reserve(islands.size() * state.population.size());
    for (std::size_t i = 0; i < state.population.size(); ++i) {
      fitnesses.push_back(state.population.fitness(i));
    }
    report.evaluations += state.counters.evaluations;
    report.duplicates += state.counters.duplicates;
  }
  for (const double fitness : fitnesses) {
    report.best_fitness = std::max(report.best_fitness, fitness);
  }
  report.median_fitness = fitnesses.empty() ? std::numeric_limits<double>::quiet_NaN() : median(fitnesses);
  return report;
}

}  // namespace zcmpi
