#include "gathered_table.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace zcmpi {
namespace {

using Json = nlohmann::json;

/// Exactly, whatever number it is.
Json to_json(double number) { return std::bit_cast<std::uint64_t>(number); }
double to_number(const Json& json) { return std::bit_cast<double>(json.get<std::uint64_t>()); }

/// A list a column: its name, and for each architecture null, or value or reason, and seconds.
std::string to_text(const ComputedTable& table) {
  auto json = Json::array({table.architectures()});
  for (const auto& name : table.columns()) {
    auto cells = Json::array();
    for (const auto& architecture : table.architectures()) {
      const auto value = table.find(architecture, name);
      cells.push_back(value ? Json::array({value->reason.empty() ? to_json(value->value) : Json(value->reason),
                                           to_json(value->seconds)})
                            : Json());
    }
    json.push_back(Json::array({name, std::move(cells)}));
  }
  // Reasons are other libraries' words, and need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ComputedTable from_text(const std::string& text) {
  const auto json = Json::parse(text);
  ComputedTable table;
  for (std::size_t column = 1; column < json.size(); ++column) {
    const auto& cells = json[column][1];
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].is_null()) {
        continue;
      }
      ComputedValue value{.seconds = to_number(cells[i][1])};
      cells[i][0].is_string() ? static_cast<void>(value.reason = cells[i][0].get<std::string>())
                              : static_cast<void>(value.value = to_number(cells[i][0]));
      table.set(json[0][i].get<std::string>(), json[column][0].get<std::string>(), value);
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
  for (const auto& text : world.gather(to_text(table))) {
    all.merge(from_text(text));
  }
  return all;
}

}  // namespace zcmpi
