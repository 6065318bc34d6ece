#include "zcmpi/data/images.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "gzip.hpp"
#include "image_statistics.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view expected_files =
    "expected a CIFAR-10 or CIFAR-100 binary file, an IDX file of images, or a folder with the training part of one of "
    "these";

constexpr ImageShape cifar_shape{3, 32, 32};

/// The two CIFAR formats. Mean and deviation are those of the benchmarks' training.
struct CifarFormat {
  std::string_view name;
  /// Before the image: its last byte is the label.
  std::size_t label_bytes = 1;
  std::uint32_t classes = 10;
  std::array<Normalisation, 3> normalisation{};

  [[nodiscard]] std::size_t record() const { return label_bytes + cifar_shape.size(); }
};

constexpr CifarFormat cifar10{
    "cifar10", 1, 10, {{{0.49139968F, 0.24703233F}, {0.48215827F, 0.24348505F}, {0.44653124F, 0.26158768F}}}};
constexpr CifarFormat cifar100{"cifar100", 2, 100, {{{0.5071F, 0.2673F}, {0.4865F, 0.2564F}, {0.4409F, 0.2762F}}}};
constexpr std::uint8_t cifar100_coarse_classes = 20;

[[noreturn]] void refuse(std::string_view what, const std::filesystem::path& path, std::string_view expected) {
  throw InputError(fmt::format("{} ({}): {}", what, path.string(), expected));
}

std::uint8_t byte_at(std::string_view bytes, std::size_t place) { return static_cast<std::uint8_t>(bytes[place]); }

/// The first record whose labels are not of the format.
std::optional<std::size_t> first_bad_record(std::string_view bytes, const CifarFormat& format) {
  for (std::size_t record = 0; record * format.record() < bytes.size(); ++record) {
    const std::size_t place = record * format.record();
    const bool coarse_fits = format.label_bytes == 1 || byte_at(bytes, place) < cifar100_coarse_classes;
    if (!coarse_fits || byte_at(bytes, place + format.label_bytes - 1) >= format.classes) {
      return record;
    }
  }
  return std::nullopt;
}

bool holds_records(std::string_view bytes, const CifarFormat& format) {
  return !bytes.empty() && bytes.size() % format.record() == 0 && !first_bad_record(bytes, format);
}

/// A file's size fits the format; of the few sizes that fit both, the labels tell.
const CifarFormat* cifar_format_of(std::string_view bytes, const std::filesystem::path& path) {
  const CifarFormat* fitting = nullptr;
  for (const auto* format : {&cifar10, &cifar100}) {
    if (bytes.empty() || bytes.size() % format->record() != 0) {
      continue;
    }
    if (holds_records(bytes, *format)) {
      return format;
    }
    fitting = format;
  }
  if (fitting != nullptr) {
    refuse(
        fmt::format("record {} has a label that is not of {}", *first_bad_record(bytes, *fitting) + 1, fitting->name),
        path, fmt::format("expected labels below {}; the file is damaged or of another format", fitting->classes));
  }
  return nullptr;
}

void append_cifar(ImageSet& images, std::string_view bytes, const CifarFormat& format) {
  images.format = format.name;
  images.shape = cifar_shape;
  images.classes = format.classes;
  images.normalisation.assign(format.normalisation.begin(), format.normalisation.end());
  images.pixels.reserve(images.pixels.size() + bytes.size());
  for (std::size_t place = 0; place < bytes.size(); place += format.record()) {
    images.labels.push_back(byte_at(bytes, place + format.label_bytes - 1));
    const auto image = bytes.substr(place + format.label_bytes, cifar_shape.size());
    images.pixels.insert(images.pixels.end(), image.begin(), image.end());
  }
}

std::uint32_t big_endian_at(std::string_view bytes, std::size_t place) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = (number << 8) | byte_at(bytes, place + i);
  }
  return number;
}

/// An IDX file of unsigned bytes: a magic number, the sizes, the bytes.
struct IdxFile {
  static constexpr std::uint32_t images_magic = 0x00000803;
  static constexpr std::uint32_t labels_magic = 0x00000801;

  std::vector<std::uint32_t> sizes;
  std::string_view content;
};

bool has_magic(std::string_view bytes, std::uint32_t magic) {
  return bytes.size() >= 4 && big_endian_at(bytes, 0) == magic;
}

IdxFile parse_idx(std::string_view bytes, std::uint32_t magic, const std::filesystem::path& path) {
  if (!has_magic(bytes, magic)) {
    refuse("not an IDX file of the expected kind", path, fmt::format("expected it to begin with {:08x}", magic));
  }
  IdxFile file;
  const std::size_t dimensions = magic & 0xffU;
  const std::size_t header = 4 + 4 * dimensions;
  std::size_t expected = 1;
  for (std::size_t i = 0; i < dimensions && bytes.size() >= header; ++i) {
    file.sizes.push_back(big_endian_at(bytes, 4 + 4 * i));
    // Sizes of a damaged file may be anything: stop before their product overflows.
    expected = std::min(expected, bytes.size()) * file.sizes.back();
  }
  if (bytes.size() < header || bytes.size() - header != expected) {
    refuse(fmt::format("the file holds {} bytes", bytes.size()), path,
           file.sizes.empty() ? std::string("expected an IDX header; it was cut short")
                              : fmt::format("its header promises {} for {}; it is damaged or was cut short",
                                            header + expected, fmt::join(file.sizes, " x ")));
  }
  file.content = bytes.substr(header);
  return file;
}

std::filesystem::path labels_path_of(const std::filesystem::path& images_path) {
  std::string name = images_path.filename().string();
  // As they are published, and as some archives hold them.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> parts{
      {{"images-idx3", "labels-idx1"}, {"images.idx3", "labels.idx1"}}};
  const auto* const part =
      std::ranges::find_if(parts, [&](const auto& pair) { return name.rfind(pair.first) != std::string::npos; });
  if (part == parts.end()) {
    refuse("an IDX file of images has a name without 'images-idx3'", images_path,
           "expected NAME-images-idx3-ubyte beside its labels NAME-labels-idx1-ubyte");
  }
  name.replace(name.rfind(part->first), part->first.size(), part->second);
  auto path = images_path;
  path.replace_filename(name);
  if (!path_exists(path)) {
    // One of the two may be gzipped and the other not.
    path = path.extension() == ".gz" ? path.replace_extension() : path += ".gz";
  }
  if (!path_exists(path)) {
    refuse("the images' labels are missing", images_path, fmt::format("expected {} beside it", name));
  }
  return path;
}

ImageSet read_idx(std::string_view bytes, const std::filesystem::path& path) {
  const IdxFile file = parse_idx(bytes, IdxFile::images_magic, path);
  const auto labels_path = labels_path_of(path);
  const std::string labels_bytes = read_maybe_gzipped(labels_path);
  const IdxFile labels = parse_idx(labels_bytes, IdxFile::labels_magic, labels_path);
  if (labels.sizes[0] != file.sizes[0]) {
    refuse(fmt::format("{} labels for {} images", labels.sizes[0], file.sizes[0]), labels_path,
           fmt::format("expected as many as in {}", path.filename().string()));
  }
  ImageSet images;
  images.format = "idx";
  images.shape = {1, file.sizes[1], file.sizes[2]};
  images.pixels.assign(file.content.begin(), file.content.end());
  images.labels.assign(labels.content.begin(), labels.content.end());
  if (images.pixels.empty()) {
    refuse("the file holds no image", path, expected_files);
  }
  images.classes = std::uint32_t{*std::ranges::max_element(images.labels)} + 1;
  images.normalisation = {own_normalisation(images.pixels)};
  return images;
}

ImageSet read_file_of_images(const std::filesystem::path& path) {
  const std::string bytes = read_maybe_gzipped(path);
  // A CIFAR file whose first pixels are dark can begin with the magic number.
  if (has_magic(bytes, IdxFile::images_magic) && !holds_records(bytes, cifar10) && !holds_records(bytes, cifar100)) {
    return read_idx(bytes, path);
  }
  const auto* const format = cifar_format_of(bytes, path);
  if (format == nullptr) {
    refuse(fmt::format("not a file of images ({} bytes)", bytes.size()), path, expected_files);
  }
  ImageSet images;
  append_cifar(images, bytes, *format);
  return images;
}

ImageSet read_cifar10_batches(const std::filesystem::path& folder) {
  ImageSet images;
  for (int batch = 1; batch <= 5; ++batch) {
    const auto path = folder / fmt::format("data_batch_{}.bin", batch);
    if (!path_exists(path)) {
      refuse(fmt::format("the folder lacks data_batch_{}.bin", batch), folder,
             "expected data_batch_1.bin to data_batch_5.bin");
    }
    const std::string bytes = read_maybe_gzipped(path);
    const auto* const format = cifar_format_of(bytes, path);
    if (format != &cifar10) {
      refuse(fmt::format("not a CIFAR-10 file ({} bytes)", bytes.size()), path,
             fmt::format("expected records of {} bytes", cifar10.record()));
    }
    append_cifar(images, bytes, *format);
  }
  return images;
}

ImageSet read_folder(const std::filesystem::path& folder) {
  if (path_exists(folder / "data_batch_1.bin")) {
    return read_cifar10_batches(folder);
  }
  for (const auto* name :
       {"train.bin", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte"}) {
    if (path_exists(folder / name)) {
      return read_file_of_images(folder / name);
    }
  }
  refuse("the folder holds no images that zcmpi knows", folder, expected_files);
}

}  // namespace

Normalisation own_normalisation(std::span<const std::uint8_t> pixels) {
  // Counting first keeps the sums exact.
  std::array<std::uint64_t, 256> counts{};
  for (const auto pixel : pixels) {
    ++counts[pixel];
  }
  double sum = 0.0;
  double square_sum = 0.0;
  for (std::size_t value = 0; value < counts.size(); ++value) {
    const double scaled = static_cast<double>(value) / 255.0;
    sum += static_cast<double>(counts[value]) * scaled;
    square_sum += static_cast<double>(counts[value]) * scaled * scaled;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(pixels.size(), 1));
  const double mean = sum / n;
  const double deviation = std::sqrt(std::max(square_sum / n - mean * mean, 0.0));
  return {static_cast<float>(mean), deviation > 0.0 ? static_cast<float>(deviation) : 1.0F};
}

std::uint64_t ImageSet::digest() const {
  Digester digester;
  digester.add(shape.channels);
  digester.add(shape.height);
  digester.add(shape.width);
  digester.add(classes);
  for (const auto& [mean, deviation] : normalisation) {
    digester.add(mean);
    digester.add(deviation);
  }
  digester.add(std::span(pixels));
  digester.add(std::span(labels));
  return digester.digest();
}

ImageSet read_images(const std::filesystem::path& path) {
  if (!path_exists(path)) {
    refuse("there are no images", path, expected_files);
  }
  return is_folder(path) ? read_folder(path) : read_file_of_images(path);
}

ImageSet read_test_images(const std::filesystem::path& path) {
  const auto folder = is_folder(path) ? path : path.parent_path();
  for (const auto* name : {"test_batch.bin", "test.bin", "t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz",
                           "t10k-images.idx3-ubyte"}) {
    if (path_exists(folder / name)) {
      return read_file_of_images(folder / name);
    }
  }
  refuse("there is no test part of these images", path,
         "expected test_batch.bin, test.bin or t10k-images-idx3-ubyte beside the training part; name the images to "
         "measure accuracies on");
}

}  // namespace zcmpi
