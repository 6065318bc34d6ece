/// \file
/// The literals of Python that the benchmarks write architectures in: whole numbers, quoted texts, lists, tuples, and
/// calls such as `Genotype(normal=[('skip_connect', 0)], normal_concat=range(2, 6))`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zcmpi {

struct Literal {
  enum class Kind : std::uint8_t { number, text, sequence, call };

  Kind kind = Kind::sequence;
  std::int64_t number = 0;
  /// The text, or the name of what is called.
  std::string text;
  /// Members of a sequence, arguments of a call.
  std::vector<Literal> items;
  /// One for each argument of a call; empty for those given by position.
  std::vector<std::string> argument_names;
  /// Where it starts in the text, from 1.
  std::size_t column = 1;

  /// The argument of a call of that name, or null.
  [[nodiscard]] const Literal* argument(std::string_view name) const;
  /// The same; or the one at `position`, from 0, where that has no name.
  [[nodiscard]] const Literal* argument(std::string_view name, std::size_t position) const;
};

/// Refuses a text as an architecture of a space. Throws InputError: `what` (`space` architecture 'text'): `expected`.
[[noreturn]] void refuse_architecture(std::string_view space, std::string_view text, std::string_view what,
                                      std::string_view expected);

/// The id of an operation, its place in `names`; `column` is where it stands in the text, from 1. Throws InputError,
/// with the nearest name, as `refuse_architecture` does.
std::uint8_t operation_id(std::string_view space, std::string_view text, std::string_view name, std::size_t column,
                          std::span<const std::string_view> names, std::string_view expected);
/// The same of a literal, which is to be a text.
std::uint8_t operation_id(std::string_view space, std::string_view text, const Literal& name,
                          std::span<const std::string_view> names, std::string_view expected);

/// Throws InputError unless each argument of a call is one of these, by its name or in its place, and none is there
/// twice.
void check_arguments(std::string_view space, std::string_view text, const Literal& call,
                     std::span<const std::string_view> names, std::string_view expected);

/// Reads a text that is one literal. `expected` is said in messages, such as "six operation ids". Throws
/// InputError that names the column.
Literal parse_literal(std::string_view space, std::string_view text, std::string_view expected);

/// The numbers of a tuple or list of numbers, all of 0 to `largest`. Throws InputError.
std::vector<std::uint8_t> parse_numbers(std::string_view space, std::string_view text, std::uint8_t largest,
                                        std::string_view expected);

/// "(4, 0, 3)"
std::string print_tuple(std::span<const std::uint8_t> numbers);

}  // namespace zcmpi
