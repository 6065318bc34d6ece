#include <fmt/format.h>

#include "keys.hpp"
#include "text_layout.hpp"
#include "zcmpi/app/configuration.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t line_width = 110;

/// What a reader may write for a key: range, unit and whether it may change at resume.
std::string constraints(const Key& key) {
  std::string text = key.expected;
  if (!key.unit.empty()) {
    text += "; " + key.unit;
  }
  return text + (key.on_resume == OnResume::free ? "; may change at resume" : "");
}

/// A list one element a line when it is too long for one line.
std::string laid_out(const Key& key, const Configuration& configuration) {
  const std::string name = key.path.substr(section_of(key.path).size() + 1);
  const Value value = key.get(configuration);
  const std::string line = fmt::format("{} = {}", name, to_toml_text(value));
  const auto* names = std::get_if<std::vector<std::string>>(&value);
  if (names == nullptr || line.size() <= line_width) {
    return line;
  }
  std::string text = name + " = [\n";
  for (const std::string& element : *names) {
    text += fmt::format("  {},\n", to_toml_text(element));
  }
  return text + "]";
}

/// Text for a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

std::string markdown_row(const Key& key, const Configuration& defaults) {
  const std::string name = key.path.substr(section_of(key.path).size() + 1);
  return fmt::format("| `{}` | `{}` | {} | {} | {} | {} |\n", name, cell(to_toml_text(key.get(defaults))),
                     cell(key.expected), key.unit, key.on_resume == OnResume::free ? "may change" : "fixed",
                     cell(key.documentation));
}

}  // namespace

std::string to_toml(const Configuration& configuration) {
  std::string text =
      "# A configuration of zcmpi. Every key may be left out: it then has its default.\n"
      "# Settings are fixed for the life of a run unless they are said to change at resume.\n";
  std::string section;
  for (const Key& key : configuration_keys()) {
    if (section_of(key.path) != section) {
      section = section_of(key.path);
      text += fmt::format("\n[{}]\n", section);
    }
    for (const std::string& line :
         wrap_words(fmt::format("{} ({})", key.documentation, constraints(key)), line_width - 2)) {
      text += "# " + line + "\n";
    }
    text += laid_out(key, configuration) + "\n";
  }
  return text;
}

std::string configuration_markdown() {
  const Configuration defaults;
  std::string text =
      "# Configuration\n\n"
      "A run is configured by a TOML file (`--config F`), by `--set section.key=value` for single settings, and by "
      "the\n"
      "options of the command line, each overriding what is named before it. Every key may be left out. A key that is\n"
      "not listed here is an error.\n\n"
      "`zcmpi config --default` prints a file with all keys and their defaults; `zcmpi config --check F` checks one. "
      "A\n"
      "run writes the configuration that it uses to `config.toml` in its folder. This page is the output of\n"
      "`zcmpi config --markdown`.\n\n"
      "*At resume*: a setting that is *fixed* is recorded in checkpoints, and resuming with another value is "
      "refused.\n\n"
      "In `--set`, a value is written as in TOML; words need no quotes, and a list may be words between commas:\n"
      "`--set data.problems=nb201_cifar10,nb101_cifar10 --set gp.selection=tournament`.\n";
  std::string section;
  for (const Key& key : configuration_keys()) {
    if (section_of(key.path) != section) {
      section = section_of(key.path);
      text += fmt::format(
          "\n## [{}]\n\n| key | default | values | unit | at resume | meaning |\n|---|---|---|---|---|---|\n", section);
    }
    text += markdown_row(key, defaults);
  }
  return text;
}

}  // namespace zcmpi
