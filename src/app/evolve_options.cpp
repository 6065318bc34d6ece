#include <algorithm>
#include <system_error>

#include "zcmpi/app/evolve.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

/// The absolute path of what `text` names, in the working folder or one of `folders`; `text` itself where nothing is
/// there, such as for `random` or a table's bare name. What follows `.h5:` is kept.
std::string located(const std::string& text, const std::vector<fs::path>& folders) {
  const auto problem = std::min(text.find(".h5:"), text.size());
  const auto end = problem == text.size() ? problem : problem + 3;
  const fs::path file = text.substr(0, end);
  std::vector<fs::path> candidates{file};
  for (const auto& folder : folders) {
    candidates.push_back(folder / file);
  }
  for (const auto& candidate : candidates) {
    std::error_code unreadable;
    if (!file.empty() && text != "random" && text != "all" && fs::exists(candidate, unreadable)) {
      return fs::absolute(candidate).lexically_normal().string() + text.substr(end);
    }
  }
  return text;
}

}  // namespace

Configuration configuration_of(const EvolveOptions& options) {
  std::optional<std::filesystem::path> file;
  if (options.configuration) {
    file = find_configuration(*options.configuration);
  }
  Configuration configuration = load_configuration(file, options.overrides);
  std::vector<std::string> folders;
  for (const auto& folder : options.data_folders) {
    folders.push_back(std::filesystem::absolute(folder).string());
  }
  configuration.data.folders.insert(configuration.data.folders.begin(), folders.begin(), folders.end());
  const auto resolved = data_folders(configuration);
  configuration.data.folders.assign(resolved.begin(), resolved.end());
  for (auto& live : configuration.live) {
    for (auto* path : {&live.accuracies, &live.architectures, &live.settings.images.images}) {
      *path = located(*path, resolved);
    }
    for (auto& path : live.caches) {
      path = located(path, resolved);
    }
  }
  return configuration;
}

}  // namespace zcmpi
