/// \file
/// Checkpoints with made-up islands, and folders for them.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "../mpi/small_run.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/random.hpp"

namespace zcmpi::test {

/// Removed with everything in it at the end.
class ScopedFolder {
 public:
  explicit ScopedFolder(std::string name) : path_(std::filesystem::path("/tmp") / std::move(name)) {
    std::filesystem::create_directories(path_);
  }
  ScopedFolder() : ScopedFolder("zcmpi_checkpoint_" + std::to_string(::getpid())) {}
  ~ScopedFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScopedFolder(const ScopedFolder&) = delete;
  ScopedFolder& operator=(const ScopedFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline CheckpointHeader made_header(std::uint32_t islands = 3, std::uint32_t generation = 40) {
  CheckpointHeader header;
  header.seed = 11;
  header.islands = islands;
  header.generation = generation;
  header.shape = {6, 2};
  header.population = 4;
  header.migrants = 2;
  header.settings = {{"evolve.population", "4"}, {"evolve.seed", "11"}, {"gp.empty", ""}};
  header.data_digest = 0x123456789abcdef0ULL;
  header.data_parts = {{"nb201/cifar10", "00000000000000aa"}, {"nb301/cifar10", "00000000000000bb"}};
  header.program_version = "0.1.0";
  header.wall_seconds = 12.5;
  header.phase_seconds = {5.0, 3.0, 2.0, 0.25, 1.0, 0.5, 0.75};
  return header;
}

/// Leaves until an operator is drawn that has enough of them: any length, any op.
inline Formula made_formula(std::size_t max_nodes, RandomStream& random) {
  Formula formula{Node::make_terminal(static_cast<std::uint16_t>(random.below(9)))};
  while (random.below(8) > 0) {
    const auto op = static_cast<Op>(2 + random.below(op_count - 2));
    if (formula.size() + static_cast<std::size_t>(arity(op)) > max_nodes) {
      break;
    }
    if (arity(op) == 2) {
      formula.push_back(Node::make_constant(static_cast<float>(random.normal())));
    }
    append_operator(formula, op);
  }
  return formula;
}

inline Population made_population(std::size_t capacity, std::size_t size, const PopulationShape& shape,
                                  RandomStream& random) {
  Population population(capacity, shape);
  for (std::size_t i = 0; i < size; ++i) {
    population.add(made_formula(shape.max_nodes, random));
    for (double& score : population.scores(i)) {
      score = random.normal();
    }
    population.set_fitness(i, random.normal());
  }
  return population;
}

/// Island i has i sources, so the first has none.
inline IslandSnapshot made_island(const CheckpointHeader& header, std::uint32_t number) {
  RandomStream random({2, number, 0, Purpose::test, 0});
  IslandSnapshot snapshot;
  snapshot.state.generation = header.generation;
  snapshot.state.population = made_population(header.population, header.population, header.shape, random);
  snapshot.state.hall_of_fame = made_population(header.shape.max_nodes, header.shape.max_nodes, header.shape, random);
  snapshot.state.hall_of_fame.assign(1, FormulaView{});
  snapshot.state.counters = {100 + number, 10 + number, 5, 4, 3};
  for (std::uint32_t source = 0; source < number; ++source) {
    snapshot.inbox.push_back(
        made_population(header.migrants, std::min<std::size_t>(source % 3, header.migrants), header.shape, random));
  }
  return snapshot;
}

inline std::vector<IslandSnapshot> made_islands(const CheckpointHeader& header, IslandRange range) {
  std::vector<IslandSnapshot> snapshots;
  for (std::uint32_t i = 0; i < range.count; ++i) {
    snapshots.push_back(made_island(header, range.first + i));
  }
  return snapshots;
}

/// Written without MPI.
inline void write_made_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header) {
  Communicator serial;
  write_checkpoint(serial, path, header, made_islands(header, {0, header.islands}));
}

/// Of every bit of a header.
inline std::uint64_t digest_of(const CheckpointHeader& header) {
  Digester digester;
  digester.add(header.seed);
  digester.add(header.islands);
  digester.add(header.generation);
  digester.add(static_cast<std::uint64_t>(header.shape.max_nodes));
  digester.add(static_cast<std::uint64_t>(header.shape.problem_count));
  digester.add(static_cast<std::uint64_t>(header.population));
  digester.add(static_cast<std::uint64_t>(header.migrants));
  for (const auto* const texts : {&header.settings, &header.data_parts}) {
    for (const auto& [key, text] : *texts) {
      digester.add(std::string_view(key));
      digester.add(std::string_view(text));
    }
  }
  digester.add(header.data_digest);
  digester.add(header.formula_language);
  digester.add(std::string_view(header.program_version));
  digester.add(header.wall_seconds);
  digester.add(std::span<const double>(header.phase_seconds));
  return digester.digest();
}

}  // namespace zcmpi::test
