#include "zcmpi/nas/nb301.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "literal.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view space_name = "nb301";

constexpr std::string_view expected_text =
    "two cells (normal, reduction) of eight (input, operation id) pairs, such as (((0, 3), (1, 2), ...), (...)), or "
    "Genotype(normal=[('sep_conv_3x3', 0), ...], reduce=[...]); pairs 2k and 2k + 1 belong to node k and have "
    "different "
    "inputs of 0 to k + 1, operation ids are 0 to 6";

/// By id.
constexpr std::array<std::string_view, 7> operation_names{
    "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"};

bool is_sequence_of(const Literal& literal, std::size_t size) {
  return literal.kind == Literal::Kind::sequence && literal.items.size() == size;
}

/// The number in its range, or a refusal that says what it should have been.
std::uint8_t take_number(const Literal& literal, std::size_t below, std::string_view what, std::string_view text) {
  if (literal.kind != Literal::Kind::number || literal.number < 0 ||
      literal.number >= static_cast<std::int64_t>(below)) {
    refuse_architecture(space_name, text, fmt::format("no {} of 0 to {} at column {}", what, below - 1, literal.column),
                        expected_text);
  }
  return static_cast<std::uint8_t>(literal.number);
}

DartsOperation take_operation(const Literal& literal, std::string_view text) {
  if (literal.kind == Literal::Kind::number) {
    return static_cast<DartsOperation>(take_number(literal, operation_names.size(), "operation id", text));
  }
  return static_cast<DartsOperation>(operation_id(space_name, text, literal, operation_names, expected_text));
}

/// In which order the two members of a pair are written.
enum class PairOrder { input_operation, operation_input };

DartsCell take_cell(const Literal& literal, PairOrder order, std::string_view text) {
  DartsCell cell;
  if (!is_sequence_of(literal, cell.edges.size())) {
    refuse_architecture(space_name, text, fmt::format("no cell of eight pairs at column {}", literal.column),
                        expected_text);
  }
  for (std::size_t i = 0; i < cell.edges.size(); ++i) {
    const Literal& pair = literal.items[i];
    if (!is_sequence_of(pair, 2)) {
      refuse_architecture(space_name, text, fmt::format("no pair at column {}", pair.column), expected_text);
    }
    const bool input_first = order == PairOrder::input_operation;
    const std::size_t inputs = DartsCell::inputs + i / 2;
    cell.edges[i] = {take_number(pair.items[input_first ? 0 : 1], inputs, "input", text),
                     take_operation(pair.items[input_first ? 1 : 0], text)};
    if (i % 2 == 1 && cell.edges[i].input == cell.edges[i - 1].input) {
      refuse_architecture(
          space_name, text,
          fmt::format("both edges of node {} come from input {}, column {}", i / 2, cell.edges[i].input, pair.column),
          expected_text);
    }
  }
  return cell;
}

/// All four nodes make the output of a cell; other ones are another network. It need not be said.
void check_concatenation(const Literal* concatenation, std::string_view text) {
  if (concatenation == nullptr) {
    return;
  }
  std::vector<std::int64_t> numbers;
  for (const Literal& item : concatenation->items) {
    numbers.push_back(item.kind == Literal::Kind::number ? item.number : -1);
  }
  const bool is_range = concatenation->kind == Literal::Kind::call && concatenation->text == "range" &&
                        numbers == std::vector<std::int64_t>{2, 6};
  const bool is_list =
      concatenation->kind == Literal::Kind::sequence && numbers == std::vector<std::int64_t>{2, 3, 4, 5};
  if (!is_range && !is_list) {
    refuse_architecture(space_name, text,
                        fmt::format("neither range(2, 6) nor [2, 3, 4, 5] at column {}", concatenation->column),
                        expected_text);
  }
}

DartsNetwork parse_genotype(std::string_view text) {
  const Literal genotype = parse_literal(space_name, text, expected_text);
  const Literal* const normal = genotype.argument("normal", 0);
  const Literal* const reduce = genotype.argument("reduce", 2);
  if (genotype.text != "Genotype" || normal == nullptr || reduce == nullptr) {
    refuse_architecture(space_name, text, "no Genotype with normal and reduce", expected_text);
  }
  constexpr std::array<std::string_view, 4> arguments{"normal", "normal_concat", "reduce", "reduce_concat"};
  check_arguments(space_name, text, genotype, arguments, expected_text);
  check_concatenation(genotype.argument("normal_concat", 1), text);
  check_concatenation(genotype.argument("reduce_concat", 3), text);
  return {take_cell(*normal, PairOrder::operation_input, text), take_cell(*reduce, PairOrder::operation_input, text)};
}

DartsNetwork parse_key(std::string_view text) {
  const Literal key = parse_literal(space_name, text, expected_text);
  if (!is_sequence_of(key, 2)) {
    refuse_architecture(space_name, text, "no two cells", expected_text);
  }
  return {take_cell(key.items[0], PairOrder::input_operation, text),
          take_cell(key.items[1], PairOrder::input_operation, text)};
}

std::string print_cell(const DartsCell& cell, PairOrder order) {
  std::vector<std::string> pairs;
  for (const DartsEdge& edge : cell.edges) {
    pairs.push_back(order == PairOrder::input_operation
                        ? fmt::format("({}, {})", edge.input, static_cast<int>(edge.operation))
                        : fmt::format("('{}', {})", to_text(edge.operation), edge.input));
  }
  return fmt::format("{}", fmt::join(pairs, ", "));
}

}  // namespace

std::string_view to_text(DartsOperation operation) { return operation_names[static_cast<std::size_t>(operation)]; }

DartsNetwork parse_darts_network(std::string_view text) {
  return trimmed(text).starts_with("Genotype") ? parse_genotype(text) : parse_key(text);
}

std::string to_text(const DartsNetwork& network) {
  return fmt::format("Genotype(normal=[{}], normal_concat=range(2, 6), reduce=[{}], reduce_concat=range(2, 6))",
                     print_cell(network.normal, PairOrder::operation_input),
                     print_cell(network.reduction, PairOrder::operation_input));
}

std::string to_key(const DartsNetwork& network) {
  return fmt::format("(({}), ({}))", print_cell(network.normal, PairOrder::input_operation),
                     print_cell(network.reduction, PairOrder::input_operation));
}

Architecture to_architecture(const DartsNetwork& network) {
  Architecture architecture;
  for (const DartsCell& cell : {network.normal, network.reduction}) {
    for (const DartsEdge& edge : cell.edges) {
      architecture.genes.push_back(edge.input);
      architecture.genes.push_back(static_cast<std::uint8_t>(edge.operation));
    }
  }
  return architecture;
}

DartsNetwork to_darts_network(const Architecture& architecture) {
  DartsNetwork network;
  ZCMPI_EXPECT(architecture.genes.size() == 4 * network.normal.edges.size());
  auto gene = architecture.genes.begin();
  for (DartsCell* const cell : {&network.normal, &network.reduction}) {
    for (DartsEdge& edge : cell->edges) {
      edge.input = *gene++;
      edge.operation = static_cast<DartsOperation>(*gene++);
    }
  }
  return network;
}

}  // namespace zcmpi
