#include <vector>

#include "feature_source.hpp"
#include "key_builders.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

bool is_not_empty(const std::string& text) { return !text.empty(); }

LiveKey required(LiveKey key) {
  key.is_required = true;
  return key;
}

/// The data that these name are told apart by digests, and may lie elsewhere on another machine.
void add_data_keys(std::vector<LiveKey>& keys) {
  constexpr auto free = OnResume::free;
  keys.push_back(required(text<LiveProblem>(
      {"live.accuracies", free,
       "Accuracies of the architectures: a table as in data.problems, or a CSV with the columns arch, "
       "val_accuracy and perhaps test_accuracy. A path may be relative to a folder of problems. A resumed run wants "
       "the "
       "same ones."},
      "a table or a CSV", ZCMPI_FIELD(accuracies), is_not_empty)));
  keys.push_back(text<LiveProblem>(
      {"live.architectures", free,
       "Which architectures, as `zcmpi features --archs` takes them, random ones among those that have an accuracy; "
       "empty: all that have one. A resumed run wants the same ones."},
      "all, random:N, random:N:SEED, a table or a file", ZCMPI_FIELD(architectures),
      [](const std::string&) { return true; }));
  keys.push_back(
      required(text<LiveProblem>({"live.images", free,
                                  "Images: a CIFAR-10 or CIFAR-100 binary file, an IDX file, a folder of either, or "
                                  "random. A path may be relative "
                                  "to a folder of problems. A resumed run wants the same ones."},
                                 "a file, a folder, or random", ZCMPI_FIELD(settings.images.images), is_not_empty)));
}

void add_cache_key(std::vector<LiveKey>& keys) {
  keys.push_back(list<LiveProblem>(
      {"live.caches", OnResume::free,
       "Folders of feature caches that are read too: what they hold of the same settings is not computed again. "
       "T.h5.cache of `zcmpi features`, features/ of a search, features/<space>_<name> of another run. A path may be "
       "relative to a folder of problems."},
      "a list of folders", EmptyList::allowed, ZCMPI_FIELD(caches)));
}

void add_network_keys(std::vector<LiveKey>& keys) {
  constexpr auto fixed = OnResume::fixed;
  keys.push_back(integer<LiveProblem>({"live.batch", fixed, "Images that proxies are computed with.", "images"}, 1,
                                      most_batch_images, ZCMPI_FIELD(settings.batch)));
  keys.push_back(
      boolean<LiveProblem>({"live.augment", fixed,
                            "Whether the images are cropped and flipped at random, as the benchmarks do in training."},
                           ZCMPI_FIELD(settings.augment)));
  keys.push_back(integer<LiveProblem>({"live.seed", fixed, "Seed of the batch, the weights and random inputs."}, 0,
                                      largest_integer, ZCMPI_FIELD(settings.seed)));
  keys.push_back(integer<LiveProblem>(
      {"live.resolution", fixed, "The images are brought to so many rows and columns; 0: as in the file.", "pixels"}, 0,
      most_rows, ZCMPI_FIELD(settings.images.resolution)));
  keys.push_back(text<LiveProblem>(
      {"live.image_task", fixed,
       "classes: the images' labels; rotation: images turned by 0 to 3 quarter turns, which are to be told."},
      "one of \"classes\", \"rotation\"", ZCMPI_FIELD(settings.images.task),
      [](const std::string& task) { return task == "classes" || task == "rotation"; }));
  keys.push_back(integer<LiveProblem>(
      {"live.channels", fixed, "Channels of the stem, of nb301 a third of them; 0: the benchmark's."}, 0, most_channels,
      ZCMPI_FIELD(settings.channels)));
  keys.push_back(integer<LiveProblem>(
      {"live.cells", fixed,
       "nb201: cells a stage; nb101: cells a stack; nb301: cells; tnb101: blocks a module; 0: the benchmark's."},
      0, most_cells, ZCMPI_FIELD(settings.cells)));
  keys.push_back(integer<LiveProblem>(
      {"live.classes", fixed, "Classes of the networks; 0: as many as the images have (random ones: 10)."}, 0,
      most_classes, ZCMPI_FIELD(settings.classes)));
}

std::vector<LiveKey> make_keys() {
  constexpr auto fixed = OnResume::fixed;
  std::vector<LiveKey> keys;
  keys.push_back(required(text<LiveProblem>({"live.space", fixed, "Search space (`zcmpi list spaces`)."},
                                            "a search space", ZCMPI_FIELD(settings.space),
                                            [](const std::string& space) { return find_space(space), true; })));
  keys.push_back(required(text<LiveProblem>({"live.name", fixed, "Name of the task: the problem is <space>/<name>."},
                                            "a name without \"/\"", ZCMPI_FIELD(name), [](const std::string& name) {
                                              return !name.empty() && name.find('/') == std::string::npos;
                                            })));
  add_data_keys(keys);
  keys.push_back(text<LiveProblem>(
      {"live.proxies", fixed,
       "The terminals: names between commas (`zcmpi list proxies`), all, nbsz (the 13 of NAS-Bench-Suite-Zero), graph "
       "(the graph features)."},
      "proxies between commas", ZCMPI_FIELD(proxies),
      [](const std::string& proxies) { return parse_features(proxies), true; }));
  add_network_keys(keys);
  add_cache_key(keys);
  return keys;
}

}  // namespace

std::span<const LiveKey> live_keys() {
  static const std::vector<LiveKey> keys = make_keys();
  return keys;
}

}  // namespace zcmpi
