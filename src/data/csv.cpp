#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <optional>
#include <unordered_map>

#include "consistency.hpp"
#include "missing.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

/// Splits a text into the records and fields of RFC 4180. Fields are views of the text where nothing had to be
/// unescaped, else of copies that live as long as the reader's next record.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text_.starts_with(byte_order_mark)) {
      position_ = byte_order_mark.size();
    }
  }

  /// Reads the next record into `fields`; false at the end of the text.
  bool next(std::vector<std::string_view>& fields) {
    fields.clear();
    unescaped_.clear();
    line_ = next_line_;
    if (position_ == text_.size()) {
      return false;
    }
    do {
      fields.push_back(at('"') ? quoted_field() : plain_field());
    } while (skip(','));
    end_line();
    return true;
  }

  /// The line on which the current record begins, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }

  [[noreturn]] void fail(std::string_view what, std::string_view where, std::string_view remedy) const {
    throw InputError(
        fmt::format("{} ({}, line {}{}{}): {}", what, file_, line_, where.empty() ? "" : ", ", where, remedy));
  }

 private:
  [[nodiscard]] bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  bool skip(char c) {
    const bool found = at(c);
    position_ += found ? 1 : 0;
    return found;
  }

  std::string_view plain_field() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", position_), text_.size());
    if (end < text_.size() && text_[end] == '"') {
      fail("a quotation mark stands inside a field", "", "put the whole field into quotation marks");
    }
    const auto field = text_.substr(position_, end - position_);
    position_ = end;
    return field;
  }

  std::string_view quoted_field() {
    const std::size_t start = ++position_;
    bool escapes = false;
    while (true) {
      const std::size_t quote = text_.find('"', position_);
      if (quote == std::string_view::npos) {
        fail("a quoted field does not end", "", "expected a closing quotation mark");
      }
      position_ = quote + 1;
      if (!skip('"')) {
        break;
      }
      escapes = true;
    }
    if (position_ < text_.size() && !at(',') && !at('\r') && !at('\n')) {
      fail("text follows a closing quotation mark", "", "write a quotation mark inside a field twice");
    }
    const auto field = text_.substr(start, position_ - 1 - start);
    next_line_ += static_cast<std::size_t>(std::ranges::count(field, '\n'));
    return escapes ? unescape(field) : field;
  }

  std::string_view unescape(std::string_view field) {
    std::string& plain = unescaped_.emplace_back();
    for (std::size_t i = 0; i < field.size(); ++i) {
      plain += field[i];
      if (field[i] == '"') {
        ++i;
      }
    }
    return plain;
  }

  void end_line() {
    const bool carriage_return = skip('\r');
    if (!skip('\n') && carriage_return) {
      fail("a carriage return stands alone", "", "end lines with \\n or \\r\\n");
    }
    ++next_line_;
  }

  std::string_view text_;
  std::string file_;
  std::size_t position_ = 0;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
  /// A deque, because its elements stay where they are.
  std::deque<std::string> unescaped_;
};

/// NaN for an empty text; nullopt when it is no number.
std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) {
    return missing_value;
  }
  if (text.starts_with('+') && !text.starts_with("+-")) {
    text.remove_prefix(1);
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

enum class Role : std::uint8_t { terminal, architecture, val_accuracy, test_accuracy, left_out };

/// What the columns of a file are.
struct Header {
  std::vector<std::string> names;
  std::vector<Role> roles;

  /// The column of this role, of which there is one at most.
  [[nodiscard]] std::optional<std::size_t> find(Role role) const {
    const auto found = std::ranges::find(roles, role);
    return found == roles.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - roles.begin()));
  }
};

Header read_header(CsvReader& reader, const CsvColumns& columns) {
  const auto expected =
      fmt::format("{},<terminals>,{}[,{}]", columns.architecture, columns.val_accuracy, columns.test_accuracy);
  std::vector<std::string_view> fields;
  if (!reader.next(fields)) {
    reader.fail("the file is empty", "", "expected a header " + expected);
  }
  Header header;
  for (const auto field : fields) {
    const auto name = trimmed(field);
    if (std::ranges::find(header.names, name) != header.names.end()) {
      reader.fail(fmt::format("the column '{}' occurs twice", name), "", "give every column a name of its own");
    }
    header.names.emplace_back(name);
  }
  header.roles.assign(header.names.size(), Role::terminal);
  const auto give = [&](const std::string& name, Role role, bool must_be_there) {
    const auto found = std::ranges::find(header.names, name);
    if (found != header.names.end()) {
      auto& given = header.roles[static_cast<std::size_t>(found - header.names.begin())];
      if (given != Role::terminal) {
        reader.fail(fmt::format("the column '{}' is named for two things", name), "", "name another for one of them");
      }
      given = role;
    } else if (must_be_there) {
      reader.fail(fmt::format("the header has no column '{}'", name), "",
                  fmt::format("expected {}; `zcmpi import csv` can be told other names of columns", expected));
    }
  };
  give(columns.architecture, Role::architecture, true);
  give(columns.val_accuracy, Role::val_accuracy, true);
  give(columns.test_accuracy, Role::test_accuracy, columns.test_accuracy != CsvColumns{}.test_accuracy);
  for (const auto& name : columns.left_out) {
    give(name, Role::left_out, true);
  }
  for (std::size_t column = 0; column < header.names.size(); ++column) {
    const auto flaw = find_flaw_of_terminal_name(header.names[column]);
    if (header.roles[column] == Role::terminal && !flaw.empty()) {
      reader.fail("a column cannot be used", fmt::format("column {}", column + 1), flaw);
    }
  }
  return header;
}

/// The numbers of a file by column (empty for the architectures), and the architectures.
struct Columns {
  std::vector<std::string> architectures;
  std::vector<std::vector<double>> numbers;
};

class RowReader {
 public:
  RowReader(CsvReader& reader, const Header& header) : reader_(reader), header_(header) {
    columns_.numbers.resize(header.names.size());
  }

  Columns read_all() {
    std::vector<std::string_view> fields;
    while (reader_.next(fields)) {
      if (fields.size() != header_.names.size()) {
        reader_.fail(fmt::format("the record has {}", count_of(fields.size(), "field")), "",
                     fmt::format("expected {} as in the header", header_.names.size()));
      }
      for (std::size_t column = 0; column < fields.size(); ++column) {
        if (header_.roles[column] == Role::architecture) {
          add_architecture(fields[column]);
        } else if (header_.roles[column] != Role::left_out) {
          columns_.numbers[column].push_back(number(fields[column], column));
        }
      }
    }
    return std::move(columns_);
  }

 private:
  void add_architecture(std::string_view architecture) {
    if (architecture.empty()) {
      reader_.fail("the architecture is missing", architecture_column(), "every row needs one");
    }
    const auto [first, is_new] = line_of_.emplace(architecture, reader_.line());
    if (!is_new) {
      reader_.fail(fmt::format("the architecture '{}' occurs twice", architecture), architecture_column(),
                   fmt::format("it is on line {} too; keep one of the two rows", first->second));
    }
    columns_.architectures.emplace_back(architecture);
  }

  [[nodiscard]] std::string architecture_column() const {
    return fmt::format("column '{}'", header_.names[header_.find(Role::architecture).value()]);
  }

  double number(std::string_view field, std::size_t column) const {
    const auto value = parse_number(field);
    if (!value) {
      reader_.fail(fmt::format("'{}' is not a number", field), fmt::format("column '{}'", header_.names[column]),
                   "expected a number that fits a double, or nothing, nan, inf or -1e8 where it is missing");
    }
    const double known = missing_if_unusable(*value);
    if (std::isnan(known) && header_.roles[column] != Role::terminal) {
      reader_.fail(fmt::format("the accuracy '{}' is missing", field),
                   fmt::format("column '{}'", header_.names[column]), "expected a finite number; remove the row");
    }
    return known;
  }

  CsvReader& reader_;
  const Header& header_;
  Columns columns_;
  std::unordered_map<std::string, std::size_t> line_of_;
};

}  // namespace

Problem read_csv(const std::filesystem::path& path, std::string space, std::string task, const CsvColumns& columns) {
  const std::string text = read_file(path);
  CsvReader reader(text, path.string());
  const Header header = read_header(reader, columns);
  auto read = RowReader(reader, header).read_all();

  Problem problem;
  problem.space = std::move(space);
  problem.task = std::move(task);
  problem.architectures = std::move(read.architectures);
  for (std::size_t column = 0; column < header.names.size(); ++column) {
    if (header.roles[column] == Role::terminal) {
      problem.terminals.push_back(header.names[column]);
      problem.features.insert(problem.features.end(), read.numbers[column].begin(), read.numbers[column].end());
    }
  }
  problem.costs_seconds.assign(problem.terminals.size(), missing_value);
  problem.val_accuracy = std::move(read.numbers[header.find(Role::val_accuracy).value()]);
  if (const auto test = header.find(Role::test_accuracy)) {
    problem.test_accuracy = std::move(read.numbers[*test]);
  }
  problem.provenance = {{"source", path.filename().string()},
                        {"source_format", "CSV"},
                        {"source_digest", digest_to_text(digest_text(text))}};
  validate_from_file(problem, path.string());
  return problem;
}

std::vector<std::string> read_csv_architectures(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  CsvReader reader(text, path.string());
  const std::string name = CsvColumns{}.architecture;
  std::vector<std::string_view> fields;
  std::size_t column = 0;
  const auto find_column = [&] {
    column = static_cast<std::size_t>(std::ranges::find(fields, name, trimmed) - fields.begin());
    return column < fields.size();
  };
  if (!reader.next(fields) || !find_column()) {
    reader.fail(fmt::format("the header has no column '{}'", name), "", "expected one with the architectures");
  }
  std::vector<std::string> architectures;
  while (reader.next(fields)) {
    if (column >= fields.size() || fields[column].empty()) {
      reader.fail("the architecture is missing", fmt::format("column '{}'", name), "every row needs one");
    }
    architectures.emplace_back(fields[column]);
  }
  return architectures;
}

}  // namespace zcmpi
