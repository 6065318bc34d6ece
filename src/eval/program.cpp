#include "program.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi::detail {
namespace {

// Operands as one word, the kind in the upper half.

constexpr std::uint64_t pack(OperandKind kind, std::uint32_t payload) {
  return static_cast<std::uint64_t>(kind) << 32U | payload;
}
OperandKind kind_of(std::uint64_t value) { return static_cast<OperandKind>(value >> 32U); }
std::uint32_t payload_of(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

Operand operand(std::uint64_t value) { return {kind_of(value), payload_of(value)}; }

constexpr std::uint64_t no_operand = pack(OperandKind::none, 0);

/// Nodes as words, one or a register of them. Of its number and its value, a leaf uses one and the other is zero. Of an
/// operator, any word.
template <class Words>
Words leaf(Words nodes) {
  return (nodes & 0xffU) << 32U | nodes >> 32U | (nodes >> 16U & 0xffffU);
}
std::uint64_t leaf(const Node& node) { return leaf(portable::bit_cast<std::uint64_t>(node)); }

/// Whether an operator's operands are, of which there may be one.
bool is_constant(std::uint64_t a, std::uint64_t b) {
  return kind_of(a) == OperandKind::constant && (kind_of(b) == OperandKind::constant || b == no_operand);
}

std::uint64_t fold(Op op, std::uint64_t a, std::uint64_t b) {
  const auto x = portable::bit_cast<float>(payload_of(a));
  const float value = arity(op) == 1 ? apply(op, x) : apply(op, x, portable::bit_cast<float>(payload_of(b)));
  return pack(OperandKind::constant, portable::bit_cast<std::uint32_t>(value));
}

/// Without a branch.
bool computes_same(const Instruction& x, const Instruction& y) {
  return static_cast<bool>(static_cast<int>(x.what == y.what) & static_cast<int>(x.a == y.a) &
                           static_cast<int>(x.b == y.b));
}

}  // namespace

std::span<const std::uint32_t> PrefixOrder::sort(std::span<const FormulaView> formulas) {
  // The first few nodes as eight bits each, which they are hashed to. Where two have the same, or formulas differ
  // further on, they are near each other all the same.
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
  entries_.resize(formulas.size());
  sorted_.resize(formulas.size());
  std::array<std::array<std::uint32_t, 256>, key_nodes> ends{};
  for (std::uint32_t f = 0; f < formulas.size(); ++f) {
    Entry& entry = entries_[f];
    entry.index = f;
    for (std::size_t k = 0; k < key_nodes; ++k) {
      const bool is_there = k < formulas[f].size();
      const auto bits = is_there ? portable::bit_cast<std::uint64_t>(formulas[f][k]) + 1 : 0;
      entry.key[k] = static_cast<std::uint8_t>(bits * odd >> 56U);
      ++ends[k][entry.key[k]];
    }
  }
  // By the last of the nodes first, each time without changing the order of equals.
  for (std::size_t k = key_nodes; k-- > 0;) {
    std::uint32_t begin = 0;
    for (std::uint32_t& place : ends[k]) {
      begin += std::exchange(place, begin);
    }
    for (const Entry& entry : entries_) {
      sorted_[ends[k][entry.key[k]]++] = entry;
    }
    std::swap(entries_, sorted_);
  }
  order_.resize(formulas.size());
  std::ranges::transform(entries_, order_.begin(), &Entry::index);
  return order_;
}

// The smallest tree that needs one slot is a unary node on a leaf; one slot more takes a binary node with that tree
// before the smallest that needed one less.
std::size_t stack_slots(std::size_t max_nodes) { return std::max<std::size_t>((max_nodes + 1) / 3, 1); }

StackLowering::StackLowering(std::size_t slots, std::size_t max_nodes) : values_(max_nodes) {
  ZCMPI_EXPECT(slots >= stack_slots(max_nodes));
}

std::uint32_t StackLowering::lower(std::span<const FormulaView> formula, Instruction* out, std::uint32_t first,
                                   Program* programs) {
  ZCMPI_EXPECT(formula.size() == at_once);
  const FormulaView nodes = formula.front();
  ZCMPI_EXPECT(!nodes.empty() && nodes.size() <= values_.size());
  std::uint32_t next = first;
  std::uint32_t live = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (!is_operator(node)) {
      values_[i] = leaf(node);
      continue;
    }
    const bool is_unary = arity(node.op) == 1;
    const std::uint64_t a = values_[is_unary ? i - 1 : i - 1 - subtree_size(nodes[i - 1])];
    const std::uint64_t b = is_unary ? no_operand : values_[i - 1];
    if (is_constant(a, b)) {
      values_[i] = fold(node.op, a, b);
      continue;
    }
    live -= (kind_of(a) == OperandKind::slot ? 1U : 0U) + (kind_of(b) == OperandKind::slot ? 1U : 0U);
    out[next++] = {Instruction::pack(node.op, kind_of(a), kind_of(b)), live, payload_of(a), payload_of(b)};
    values_[i] = pack(OperandKind::slot, live++);
  }
  *programs = {first, next - first, operand(values_[nodes.size() - 1])};
  return next;
}

// Each node but a leaf may be an instruction.
std::size_t least_ring_slots(std::size_t max_nodes) { return std::bit_ceil(RingLowering::at_once * max_nodes); }

RingLowering::RingLowering(std::size_t slots, std::size_t max_nodes)
    : slots_(static_cast<std::uint32_t>(slots)),
      stride_(max_nodes + lane_count),
      values_(at_once * stride_),
      operators_(at_once * stride_),
      ring_(slots),
      known_(4 * slots) {
  ZCMPI_EXPECT(std::has_single_bit(slots) && slots >= least_ring_slots(max_nodes));
}

/// Fills in the operands that the leaves are, a register at a time, and lists the operators.
void RingLowering::find_operators(FormulaView nodes, Operators& found) {
  for (std::size_t i = 0; i < nodes.size(); i += wide_lane_count) {
    const WideLanes leaves = leaf(load_some_words(&nodes[i], nodes.size() - i));
    std::memcpy(found.values + i, &leaves, sizeof leaves);
  }
  found.count = find_nodes(nodes, NodeKind::primitive, found.places);
}

/// What is lowered into, in local variables.
struct RingLowering::Ring {
  Instruction* out;
  Instruction* last;
  std::uint32_t slot_mask;
  std::uint32_t oldest;
  std::uint32_t next;
  std::uint32_t* known;
  std::size_t known_mask;

  /// Where the number of an instruction that computes the same would be.
  [[nodiscard]] std::uint32_t& place_of(const Instruction& instruction) const {
    constexpr std::uint64_t odd[] = {0x9e3779b97f4a7c15U, 0xd6e8feb86659fd93U, 0xca5a826395121157U};
    const std::uint64_t mixed = instruction.a * odd[0] + instruction.b * odd[1] + instruction.what * odd[2];
    return known[(mixed >> 40U) & known_mask];
  }
};

/// Inlined wherever it is called, so that a ring's fields stay in registers.
[[gnu::always_inline]] inline void RingLowering::lower_operator(const Operators& formula, std::size_t which,
                                                                Ring& ring) {
  const std::size_t i = formula.places[which];
  std::uint64_t* const values = formula.values;
  const Op op = formula.nodes[i].op;
  // All ones where there are two operands: which ops are unary is not foreseen either.
  const std::uint64_t if_binary = std::uint64_t{0} - (arity(op) == 2 ? 1U : 0U);
  const Node& last = formula.nodes[i - 1];
  const std::uint64_t last_size = 1 + (std::uint64_t{last.number} - 1) * (is_operator(last) ? 1U : 0U);
  const std::uint64_t a = values[i - 1 - (last_size & if_binary)];
  const std::uint64_t b = (values[i - 1] & if_binary) | (no_operand & ~if_binary);
  if (is_constant(a, b)) [[unlikely]] {
    values[i] = fold(op, a, b);
    return;
  }
  const Instruction instruction{Instruction::pack(op, kind_of(a), kind_of(b)), ring.next & ring.slot_mask,
                                payload_of(a), payload_of(b)};
  // Without a branch again. A number may be of a batch before, where something else had it.
  std::uint32_t& known = ring.place_of(instruction);
  const std::uint32_t candidate = known;
  const bool is_known =
      static_cast<bool>(static_cast<int>(candidate - ring.oldest < ring.next - ring.oldest) &
                        static_cast<int>(computes_same(ring.last[candidate & ring.slot_mask], instruction)));
  const std::uint32_t number = is_known ? candidate : ring.next;
  ring.out[ring.next] = instruction;
  ring.last[instruction.target] = instruction;
  known = number;
  values[i] = pack(OperandKind::slot, number);
  ring.next += is_known ? 0U : 1U;
}

std::uint32_t RingLowering::lower(std::span<const FormulaView> formulas, Instruction* out, std::uint32_t first,
                                  Program* programs) {
  ZCMPI_EXPECT(!formulas.empty() && formulas.size() <= at_once);
  std::array<Operators, at_once> parts{};
  std::uint32_t nodes = 0;
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    ZCMPI_EXPECT(!formulas[f].empty() && formulas[f].size() + lane_count <= stride_);
    parts[f] = {formulas[f].data(), values_.data() + f * stride_, operators_.data() + f * stride_, 0};
    find_operators(formulas[f], parts[f]);
    nodes += static_cast<std::uint32_t>(formulas[f].size());
  }
  // What is older may be overwritten before the formulas are done.
  const std::uint32_t kept = slots_ - nodes;
  Ring ring{out,   ring_.data(),  slots_ - 1,       std::max(ring_begin_, first - std::min(first, kept)),
            first, known_.data(), known_.size() - 1};
  const std::size_t in_turn = formulas.size() == at_once ? std::min(parts[0].count, parts[1].count) : 0;
  for (std::size_t k = 0; k < in_turn; ++k) {
    lower_operator(parts[0], k, ring);
    lower_operator(parts[1], k, ring);
  }
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    for (std::size_t k = in_turn; k < parts[f].count; ++k) {
      lower_operator(parts[f], k, ring);
    }
  }
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    const Operand result = operand(parts[f].values[formulas[f].size() - 1]);
    programs[f] = f == 0 ? Program{first, ring.next - first, result} : Program{ring.next, 0, result};
  }
  return ring.next;
}

}  // namespace zcmpi::detail
