#include <fmt/format.h>

#include "keys.hpp"
#include "text_layout.hpp"
#include "zcmpi/app/configuration.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t line_width = 110;

/// What a reader may write for a key: range, unit and whether it may change at resume.
template <class Settings>
std::string constraints(const KeyOf<Settings>& key) {
  std::string text = key.expected;
  if (!key.unit.empty()) {
    text += "; " + key.unit;
  }
  if (key.is_required) {
    text += "; required";
  }
  return text + (key.on_resume == OnResume::free ? "; may change at resume" : "");
}

template <class Settings>
std::string documentation_lines(const KeyOf<Settings>& key) {
  std::string text;
  for (const auto& line : wrap_words(fmt::format("{} ({})", key.documentation, constraints(key)), line_width - 2)) {
    text += "# " + line + "\n";
  }
  return text;
}

/// A list one element a line when it is too long for one line.
std::string laid_out(const Key& key, const Configuration& configuration) {
  const std::string name = name_of(key.path);
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

template <class Settings>
std::string markdown_row(const KeyOf<Settings>& key, const Settings& defaults) {
  const std::string value = key.is_required ? "required" : fmt::format("`{}`", cell(to_toml_text(key.get(defaults))));
  return fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", name_of(key.path), value, cell(key.expected), key.unit,
                     key.on_resume == OnResume::free ? "may change" : "fixed", cell(key.documentation));
}

constexpr std::string_view live_meaning =
    "A live problem: the run computes its features itself, on all ranks, before its first generation. There may be any "
    "number of [[live]] tables.";

std::string markdown_heading(std::string_view section) {
  return fmt::format("\n## {}\n\n| key | default | values | unit | at resume | meaning |\n|---|---|---|---|---|---|\n",
                     section);
}

std::string live_table(const LiveProblem& live) {
  std::string text = "[[live]]\n";
  for (const LiveKey& key : live_keys()) {
    text += fmt::format("{} = {}\n", name_of(key.path), to_toml_text(key.get(live)));
  }
  return text;
}

/// Where there is none, the keys and their meanings are shown in comments.
std::string live_toml(const std::vector<LiveProblem>& problems) {
  std::string text = "\n";
  for (const auto& line : wrap_words(live_meaning, line_width - 2)) {
    text += "# " + line + "\n";
  }
  for (const LiveProblem& live : problems) {
    text += live_table(live) + "\n";
  }
  if (problems.empty()) {
    const LiveProblem defaults;
    text += "# [[live]]\n";
    for (const LiveKey& key : live_keys()) {
      text += documentation_lines(key);
      text += fmt::format("# {} = {}\n", name_of(key.path), to_toml_text(key.get(defaults)));
    }
  }
  return text;
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
    text += documentation_lines(key);
    text += laid_out(key, configuration) + "\n";
  }
  return text + live_toml(configuration.live);
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
      text += markdown_heading("[" + section + "]");
    }
    text += markdown_row(key, defaults);
  }
  text += markdown_heading("[[live]]");
  for (const LiveKey& key : live_keys()) {
    text += markdown_row(key, LiveProblem());
  }
  text += fmt::format("\n{} They cannot be given with `--set`.\n", live_meaning);
  return text;
}

}  // namespace zcmpi
