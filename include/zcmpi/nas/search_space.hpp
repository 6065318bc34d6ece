/// \file
/// Search spaces: sets of neural architectures, each known by its name. A space gives meaning to an architecture's
/// genes: it reads and prints them, numbers all its architectures, knows their neighbours, which of them are the same
/// network, and the graph of their operations. What search algorithms need on top of that is the same for all spaces
/// and is made of it: sampling, mutation, graph features (zcmpi/nas/graph_features.hpp).
///
/// Spaces are immutable and live as long as the program; references to them may be kept and used from any thread.
/// How to add one: docs/search-spaces.md.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/core/random.hpp"

namespace zcmpi {

/// An architecture of a search space: a few small integers that only the space knows the meaning of. Two architectures
/// of different genes may still be the same network (SearchSpace::canonical).
struct Architecture {
  std::vector<std::uint8_t> genes;

  friend bool operator==(const Architecture&, const Architecture&) = default;
  /// Lexicographic.
  friend std::strong_ordering operator<=>(const Architecture& a, const Architecture& b);
};

/// The same on every machine.
std::uint64_t digest(const Architecture& architecture);

enum class OperationKind : std::uint8_t {
  /// Not there: brings zeros.
  none,
  /// Passes its input on.
  skip,
  pooling,
  /// Has weights.
  convolution,
};

/// One of the operations that a space chooses from.
struct Operation {
  /// Letters, digits and underscores: it becomes part of the names of terminals.
  std::string_view name;
  OperationKind kind = OperationKind::convolution;
  /// Layers with weights that it is made of.
  std::uint8_t trainable_layers = 0;
};

/// The directed acyclic graph of an architecture's operations as the network is built, with operations on the edges.
/// A vertex that has an operation is two nodes with an edge between them.
struct OperationGraph {
  /// On an edge that only connects.
  static constexpr std::uint8_t connection = 255;

  struct Edge {
    std::uint8_t from = 0;
    /// Always above `from`.
    std::uint8_t to = 0;
    /// Place in SearchSpace::operations(), or `connection`.
    std::uint8_t operation = connection;
  };

  /// Tells the graphs of a network apart, such as "normal" and "reduction"; empty when it has only one.
  std::string_view name;
  /// Nodes 0 to inputs - 1 are where the graph begins, the last one is where it ends.
  std::size_t nodes = 2;
  std::size_t inputs = 1;
  std::vector<Edge> edges;
};

/// A number that describes an architecture. The name is fit for a terminal.
struct Feature {
  std::string name;
  double value = 0.0;
};

/// One of the texts that an architecture is written as.
struct TextForm {
  /// "string" for the benchmark's own, "key" for NAS-Bench-Suite-Zero's.
  std::string_view name;
  std::string text;
};

class SearchSpace {
 public:
  SearchSpace() = default;
  virtual ~SearchSpace() = default;
  SearchSpace(const SearchSpace&) = delete;
  SearchSpace& operator=(const SearchSpace&) = delete;

  /// As in configurations and in the names of problems, such as "nb201".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// One line for people: what is chosen, and the source.
  [[nodiscard]] virtual std::string_view description() const = 0;
  /// The text of some architecture, as `print` gives it.
  [[nodiscard]] virtual std::string_view example() const = 0;

  /// Number of architectures.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// The architecture of that number, each one once, in the same order on every machine. Requires index < size().
  [[nodiscard]] virtual Architecture at(std::uint64_t index) const = 0;

  /// Reads any of the forms that the space is written in. Throws InputError.
  [[nodiscard]] virtual Architecture parse(std::string_view text) const = 0;
  /// The form that tables and results use. `parse` gives the same genes again.
  [[nodiscard]] virtual std::string print(const Architecture& architecture) const = 0;
  /// All forms that benchmarks use.
  [[nodiscard]] virtual std::vector<TextForm> text_forms(const Architecture& architecture) const;
  /// Throws InputError when the genes are no architecture of the space. All other functions require that they are.
  virtual void validate(const Architecture& architecture) const = 0;

  /// Architectures one step away, sorted, each once and never the architecture itself. A symmetric relation among the
  /// architectures that `at` numbers.
  [[nodiscard]] virtual std::vector<Architecture> neighbours(const Architecture& architecture) const = 0;
  /// The one architecture that stands for all that the space takes for the same network; the architecture itself unless
  /// the space has a rule.
  [[nodiscard]] virtual Architecture canonical(const Architecture& architecture) const;

  [[nodiscard]] virtual std::span<const Operation> operations() const = 0;
  /// The same number of graphs, of the same names, for all architectures.
  [[nodiscard]] virtual std::vector<OperationGraph> graphs(const Architecture& architecture) const = 0;
  /// Operations that are on no path from the input to the output: they are there for nothing.
  [[nodiscard]] virtual std::size_t unreachable_operations(const Architecture& architecture) const;
  /// What else than the graph features of all spaces describes an architecture; the same names for all.
  [[nodiscard]] virtual std::vector<Feature> own_features(const Architecture& architecture) const;
};

/// One of all architectures of the space, each as likely.
Architecture sample(const SearchSpace& space, RandomStream& random);

/// One of the neighbours, each as likely; the architecture itself when it has none.
Architecture mutate(const SearchSpace& space, const Architecture& architecture, RandomStream& random);

/// All spaces, by name.
std::span<const std::unique_ptr<const SearchSpace>> search_spaces();

/// The space of that name. Throws InputError that suggests one when there is none.
const SearchSpace& find_space(std::string_view name);

}  // namespace zcmpi
