#include "zcmpi/expr/primitive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

constexpr std::array<PrimitiveInfo, op_count> table{{
    {Op::constant, "constant", 0, false, "a number"},
    {Op::terminal, "terminal", 0, false, "a feature of the architecture"},
    {Op::add, "add", 2, true, "a + b"},
    {Op::sub, "sub", 2, false, "a - b"},
    {Op::mul, "mul", 2, true, "a * b"},
    {Op::div, "div", 2, false, "a / b, and 1 where |b| < 1e-6"},
    {Op::aq, "aq", 2, false, "a / sqrt(1 + b^2)"},
    {Op::min, "min", 2, true, "the smaller of a and b"},
    {Op::max, "max", 2, true, "the larger of a and b"},
    {Op::neg, "neg", 1, false, "-x"},
    {Op::abs, "abs", 1, false, "|x|"},
    {Op::square, "square", 1, false, "x * x"},
    {Op::sqrt, "sqrt", 1, false, "the square root of |x|"},
    {Op::cbrt, "cbrt", 1, false, "the cube root of x, negative for negative x"},
    {Op::log, "log", 1, false, "ln |x|, with |x| not taken below 2^-40"},
    {Op::exp, "exp", 1, false, "e^x, with x held to [-80, 80]"},
    {Op::tanh, "tanh", 1, false, "the hyperbolic tangent of x"},
    {Op::inv, "inv", 1, false, "1 / x, and 1 where |x| < 1e-6"},
}};

constexpr bool table_follows_op() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].op != static_cast<Op>(i) || table[i].arity != arity(table[i].op)) {
      return false;
    }
  }
  return true;
}
static_assert(table_follows_op());

constexpr std::array<NamedPrimitiveSet, 4> named_sets{{
    {"arithmetic", "add,sub,mul,div,neg"},
    {"basic", "add,sub,mul,div,neg,square,sqrt,log,abs"},
    {"standard", "add,sub,mul,div,aq,min,max,neg,abs,square,sqrt,cbrt,log,exp,inv"},
    {"full", "add,sub,mul,div,aq,min,max,neg,abs,square,sqrt,cbrt,log,exp,tanh,inv"},
}};

std::vector<std::string_view> set_and_primitive_names() {
  std::vector<std::string_view> names;
  names.reserve(named_sets.size() + op_count);
  for (const NamedPrimitiveSet& set : named_sets) {
    names.push_back(set.name);
  }
  for (const PrimitiveInfo& info : primitives()) {
    if (info.arity > 0) {
      names.push_back(info.name);
    }
  }
  return names;
}

[[noreturn]] void throw_unknown(std::string_view item, std::string_view whole) {
  const auto names = set_and_primitive_names();
  throw InputError(
      fmt::format("unknown primitive or set of primitives '{}' (in '{}'): {}", item, whole, suggestion(item, names)));
}

/// Marks the primitives that a list names; a member of a list may itself be a named set.
void mark_members(std::string_view list, std::string_view whole, std::array<bool, op_count>& members) {
  for (const auto item : split_at_commas(list)) {
    const auto set = std::find_if(named_sets.begin(), named_sets.end(), [&](const auto& s) { return s.name == item; });
    if (set != named_sets.end()) {
      mark_members(set->members, whole, members);
    } else if (const auto op = find_primitive(item)) {
      members[static_cast<std::size_t>(*op)] = true;
    } else {
      throw_unknown(item, whole);
    }
  }
}

}  // namespace

std::span<const PrimitiveInfo> primitives() { return table; }

const PrimitiveInfo& primitive_info(Op op) {
  ZCMPI_EXPECT(static_cast<std::size_t>(op) < op_count);
  return table[static_cast<std::size_t>(op)];
}

std::optional<Op> find_primitive(std::string_view name) {
  for (const PrimitiveInfo& info : table) {
    if (info.arity > 0 && info.name == name) {
      return info.op;
    }
  }
  return std::nullopt;
}

std::span<const NamedPrimitiveSet> named_primitive_sets() { return named_sets; }

bool PrimitiveSet::contains(Op op) const {
  return std::ranges::find(unary_, op) != unary_.end() || std::ranges::find(binary_, op) != binary_.end();
}

bool PrimitiveSet::is_closed_under_canonicalisation() const {
  const auto has_all = [this](std::initializer_list<Op> ops) {
    return std::ranges::all_of(ops, [this](Op op) { return contains(op); });
  };
  const bool multiplies = contains(Op::mul) || contains(Op::div);
  return has_all({Op::add, Op::sub, Op::neg, Op::abs}) && (!multiplies || has_all({Op::mul, Op::square})) &&
         (!contains(Op::div) || contains(Op::inv)) && contains(Op::min) == contains(Op::max);
}

PrimitiveSet PrimitiveSet::parse(std::string_view text) {
  std::array<bool, op_count> members{};
  mark_members(text, text, members);
  PrimitiveSet set;
  for (const PrimitiveInfo& info : table) {
    if (members[static_cast<std::size_t>(info.op)]) {
      (info.arity == 1 ? set.unary_ : set.binary_).push_back(info.op);
    }
  }
  if (set.binary_.empty()) {
    throw InputError(
        fmt::format("no primitive joins two operands (in '{}'): formulas could read one terminal only; "
                    "add one of add, sub, mul, div, aq, min, max",
                    text));
  }
  return set;
}

}  // namespace zcmpi
