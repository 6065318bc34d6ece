#include "gathered_table.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zcmpi {
namespace {

using Cell = ComputedTable::Cell;

/// Of this program, on machines of one kind: numbers go as they lie in memory.
void append(std::string& message, std::uint64_t number) {
  message.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& message, std::span<const std::string> names) {
  append(message, std::uint64_t{names.size()});
  for (const auto& name : names) {
    append(message, std::uint64_t{name.size()});
    message += name;
  }
}

std::string to_message(const ComputedTable& table) {
  std::string message;
  append(message, table.architectures());
  append(message, table.columns());
  append(message, table.reasons());
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    for (const Cell& cell : table.column(column)) {
      message += static_cast<char>(cell.state);
      append(message, std::bit_cast<std::uint64_t>(cell.value));
      append(message, std::bit_cast<std::uint64_t>(cell.seconds));
      append(message, std::uint64_t{cell.reason});
    }
  }
  return message;
}

class MessageReader {
 public:
  explicit MessageReader(std::string_view message) : rest_(message) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::vector<std::string> names() {
    std::vector<std::string> all(number());
    for (auto& name : all) {
      name = take(number());
    }
    return all;
  }
  ComputedTable::State state() { return static_cast<ComputedTable::State>(take(1).front()); }

 private:
  std::string_view take(std::size_t bytes) {
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::string_view rest_;
};

ComputedTable from_message(std::string_view message) {
  MessageReader reader(message);
  const auto architectures = reader.names();
  const auto columns = reader.names();
  const auto reasons = reader.names();
  ComputedTable table;
  for (const auto& column : columns) {
    for (const auto& architecture : architectures) {
      const auto state = reader.state();
      ComputedValue value{.value = std::bit_cast<double>(reader.number())};
      value.seconds = std::bit_cast<double>(reader.number());
      const auto reason = static_cast<std::size_t>(reader.number());
      if (state == ComputedTable::State::missing) {
        value.reason = reasons[reason];
      }
      if (state != ComputedTable::State::not_computed) {
        table.set(architecture, column, value);
      }
    }
  }
  return table;
}

}  // namespace

ComputedTable gather_table(const Communicator& world, const ComputedTable& table) {
  if (world.size() == 1) {
    return table;
  }
  ComputedTable all;
  for (const auto& message : world.gather(to_message(table))) {
    all.merge(from_message(message));
  }
  return all;
}

}  // namespace zcmpi
