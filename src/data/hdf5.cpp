#include "zcmpi/data/hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "zcmpi/core/error.hpp"

namespace zcmpi::hdf5 {
namespace {

/// HDF5 prints its error stack by default; here the message goes into the exception instead.
void silence_error_printing() {
  static const herr_t silenced = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(silenced);
}

/// The innermost entry of the error stack, which says what actually went wrong.
std::string innermost_message() {
  std::string message;
  const H5E_walk2_t take_first = [](unsigned index, const H5E_error2_t* error, void* target) -> herr_t {
    if (index == 0 && error->desc != nullptr) {
      *static_cast<std::string*>(target) = error->desc;
    }
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &message);
  return message.empty() ? "HDF5 gives no reason" : message;
}

/// The file that an object lives in; empty for objects that live in none.
std::string file_name_of(hid_t object) {
  const ssize_t length = H5Fget_name(object, nullptr, 0);
  if (length <= 0) {
    return {};
  }
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  H5Fget_name(object, name.data(), name.size());
  name.pop_back();
  return name;
}

[[noreturn]] void throw_for_file(std::string_view what, const std::string& file, const std::string& reason) {
  const bool locking = reason.find("lock file") != std::string::npos;
  throw Error(fmt::format("cannot {} ({}): {}{}", what, file.empty() ? "HDF5" : file, reason,
                          locking ? "; another process has the file open, or the file system knows no locks: then set "
                                    "HDF5_USE_FILE_LOCKING=FALSE"
                                  : ""));
}

Handle checked_handle(hid_t id, Handle::Closer closer, std::string_view what, hid_t object) {
  return {check(id, what, object), closer};
}

Handle checked_file(hid_t id, std::string_view what, const std::filesystem::path& path) {
  if (id < 0) {
    throw_for_file(what, path.string(), innermost_message());
  }
  return {id, H5Fclose};
}

Handle without_times(hid_t property_class) {
  Handle properties = make_property_list(property_class);
  check(H5Pset_obj_track_times(properties.id(), false), "turn off time stamps", properties.id());
  return properties;
}

/// The file's dataspace with `rows` selected, and a matching one for memory.
struct Selection {
  Handle file;
  Handle memory;
};

Selection select_rows(const Handle& dataset, Rows rows) {
  constexpr std::string_view what = "select rows of a dataset";
  const hid_t object = dataset.id();
  Handle file = checked_handle(H5Dget_space(object), H5Sclose, what, object);
  auto counts = extents_of(dataset);
  if (counts.empty()) {
    ZCMPI_EXPECT(rows.first == 0 && rows.count == 1);
    return {std::move(file), checked_handle(H5Screate(H5S_SCALAR), H5Sclose, what, object)};
  }
  ZCMPI_EXPECT(rows.first + rows.count <= counts[0]);
  counts[0] = rows.count;
  const auto rank = static_cast<int>(counts.size());
  Handle memory = checked_handle(H5Screate_simple(rank, counts.data(), nullptr), H5Sclose, what, object);
  if (std::ranges::find(counts, hsize_t{0}) != counts.end()) {
    check(H5Sselect_none(file.id()), what, object);
    check(H5Sselect_none(memory.id()), what, object);
  } else {
    std::vector<hsize_t> start(counts.size(), 0);
    start[0] = rows.first;
    check(H5Sselect_hyperslab(file.id(), H5S_SELECT_SET, start.data(), nullptr, counts.data(), nullptr), what, object);
  }
  return {std::move(file), std::move(memory)};
}

Handle text_type(std::size_t length, hid_t object) {
  constexpr std::string_view what = "make a string type";
  Handle type = checked_handle(H5Tcopy(H5T_C_S1), H5Tclose, what, object);
  check(H5Tset_size(type.id(), std::max<std::size_t>(length, 1)), what, object);
  check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), what, object);
  check(H5Tset_cset(type.id(), H5T_CSET_UTF8), what, object);
  return type;
}

bool is_fixed_text(hid_t type) { return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0; }

std::string until_padding(std::string_view padded) {
  return std::string(padded.substr(0, std::min(padded.find('\0'), padded.size())));
}

std::string read_text(hid_t attribute, hid_t type) {
  std::string text(H5Tget_size(type), '\0');
  check(H5Aread(attribute, type, text.data()), "read a text attribute", attribute);
  return until_padding(text);
}

Handle open_attribute(const Handle& object, const std::string& name) {
  return checked_handle(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT), H5Aclose,
                        fmt::format("open the attribute '{}'", name), object.id());
}

void write_new_attribute(const Handle& object, const std::string& name, hid_t type, const void* value) {
  const auto what = fmt::format("write the attribute '{}'", name);
  const Handle space = checked_handle(H5Screate(H5S_SCALAR), H5Sclose, what, object.id());
  const Handle attribute = checked_handle(
      H5Acreate2(object.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what, object.id());
  check(H5Awrite(attribute.id(), type, value), what, object.id());
}

/// Rows of strings a chunk: about 64 KiB, which fits the caches and compresses well.
hsize_t rows_per_chunk(std::size_t row_bytes, std::size_t rows) {
  return std::clamp<hsize_t>(65536 / row_bytes, 1, std::max<hsize_t>(rows, 1));
}

}  // namespace

void throw_error(std::string_view what, hid_t object) {
  // Asking for the file's name clears the error stack, so the message is taken first.
  const auto reason = innermost_message();
  throw_for_file(what, file_name_of(object), reason);
}

void Handle::close() {
  if (closer_ != nullptr) {
    const auto file = file_name_of(id_);
    if (std::exchange(closer_, nullptr)(std::exchange(id_, H5P_DEFAULT)) < 0) {
      throw_for_file("close", file, innermost_message());
    }
  }
}

Handle make_property_list(hid_t property_class) {
  silence_error_printing();
  return checked_handle(H5Pcreate(property_class), H5Pclose, "make a property list", property_class);
}

Handle create_file(const std::filesystem::path& path, const Handle& access) {
  const Handle creation = without_times(H5P_FILE_CREATE);
  return checked_file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), "create the HDF5 file", path);
}

Handle create_file_in_memory(const std::filesystem::path& name) {
  constexpr std::size_t step = std::size_t{1} << 20U;
  const Handle access = make_property_list(H5P_FILE_ACCESS);
  check(H5Pset_fapl_core(access.id(), step, false), "keep a file in memory", access.id());
  // HDF5 opens, and reads, a file of the name that it is to create.
  return create_file(name.string() + " in memory", access);
}

std::string bytes_of(const Handle& file) {
  constexpr std::string_view what = "take the bytes of a file in memory";
  check(H5Fflush(file.id(), H5F_SCOPE_GLOBAL), what, file.id());
  std::string bytes(static_cast<std::size_t>(check(H5Fget_file_image(file.id(), nullptr, 0), what, file.id())), '\0');
  check(H5Fget_file_image(file.id(), bytes.data(), bytes.size()), what, file.id());
  return bytes;
}

Handle open_file(const std::filesystem::path& path, const Handle& access) {
  silence_error_printing();
  return checked_file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), "open the HDF5 file", path);
}

Handle open_file_for_update(const std::filesystem::path& path, const Handle& access) {
  silence_error_printing();
  return checked_file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), "open the HDF5 file for writing", path);
}

bool has_hdf5_signature(const std::filesystem::path& path) {
  constexpr std::array<char, 8> signature{'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::array<char, 8> start{};
  std::ifstream in(path, std::ios::binary);
  return in.read(start.data(), start.size()) && start == signature;
}

Handle create_group(const Handle& parent, const std::string& name) {
  const auto what = fmt::format("create the group '{}'", name);
  const Handle links = make_property_list(H5P_LINK_CREATE);
  check(H5Pset_create_intermediate_group(links.id(), 1), what, parent.id());
  const Handle creation = without_times(H5P_GROUP_CREATE);
  return checked_handle(H5Gcreate2(parent.id(), name.c_str(), links.id(), creation.id(), H5P_DEFAULT), H5Gclose, what,
                        parent.id());
}

Handle open_group(const Handle& parent, const std::string& name) {
  return checked_handle(H5Gopen2(parent.id(), name.c_str(), H5P_DEFAULT), H5Gclose,
                        fmt::format("open the group '{}'", name), parent.id());
}

std::vector<std::string> member_names(const Handle& group) {
  constexpr std::string_view what = "list a group";
  H5G_info_t info{};
  check(H5Gget_info(group.id(), &info), what, group.id());
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto name_at = [&](char* buffer, std::size_t size) {
      return check(H5Lget_name_by_idx(group.id(), ".", H5_INDEX_NAME, H5_ITER_INC, i, buffer, size, H5P_DEFAULT), what,
                   group.id());
    };
    std::string name(static_cast<std::size_t>(name_at(nullptr, 0)) + 1, '\0');
    name_at(name.data(), name.size());
    name.pop_back();
    names.push_back(std::move(name));
  }
  return names;
}

bool has_member(const Handle& parent, const std::string& name) {
  // H5Lexists asks about the last step only, so each step is asked in turn.
  for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const auto step = name.substr(0, end);
    if (check(H5Lexists(parent.id(), step.c_str(), H5P_DEFAULT), "look for a member", parent.id()) == 0) {
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

Handle contiguous_storage() { return without_times(H5P_DATASET_CREATE); }

Handle compressed_storage(std::span<const hsize_t> chunk) {
  constexpr std::string_view what = "set up compression";
  constexpr unsigned level = 6;
  Handle storage = without_times(H5P_DATASET_CREATE);
  check(H5Pset_chunk(storage.id(), static_cast<int>(chunk.size()), chunk.data()), what, storage.id());
  check(H5Pset_shuffle(storage.id()), what, storage.id());
  check(H5Pset_deflate(storage.id(), level), what, storage.id());
  return storage;
}

Handle create_dataset(const Handle& parent, const std::string& name, hid_t type, std::span<const hsize_t> extents,
                      const Handle& storage) {
  const auto what = fmt::format("create the dataset '{}'", name);
  const Handle space = extents.empty()
                           ? checked_handle(H5Screate(H5S_SCALAR), H5Sclose, what, parent.id())
                           : checked_handle(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                                            H5Sclose, what, parent.id());
  return checked_handle(H5Dcreate2(parent.id(), name.c_str(), type, space.id(), H5P_DEFAULT, storage.id(), H5P_DEFAULT),
                        H5Dclose, what, parent.id());
}

Handle open_dataset(const Handle& parent, const std::string& name) {
  return checked_handle(H5Dopen2(parent.id(), name.c_str(), H5P_DEFAULT), H5Dclose,
                        fmt::format("open the dataset '{}'", name), parent.id());
}

std::vector<hsize_t> extents_of(const Handle& dataset) {
  constexpr std::string_view what = "ask for the extents of a dataset";
  const Handle space = checked_handle(H5Dget_space(dataset.id()), H5Sclose, what, dataset.id());
  const int rank = check(H5Sget_simple_extent_ndims(space.id()), what, dataset.id());
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  check(H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr), what, dataset.id());
  return extents;
}

void write_rows(const Handle& dataset, hid_t type, std::span<const std::byte> values, Rows rows,
                const Handle& transfer) {
  const auto [file, memory] = select_rows(dataset, rows);
  ZCMPI_EXPECT(values.size() == static_cast<std::size_t>(H5Sget_select_npoints(memory.id())) * H5Tget_size(type));
  check(H5Dwrite(dataset.id(), type, memory.id(), file.id(), transfer.id(), values.data()), "write a dataset",
        dataset.id());
}

void read_rows(const Handle& dataset, hid_t type, std::span<std::byte> values, Rows rows, const Handle& transfer) {
  const auto [file, memory] = select_rows(dataset, rows);
  ZCMPI_EXPECT(values.size() == static_cast<std::size_t>(H5Sget_select_npoints(memory.id())) * H5Tget_size(type));
  check(H5Dread(dataset.id(), type, memory.id(), file.id(), transfer.id(), values.data()), "read a dataset",
        dataset.id());
}

void write_strings(const Handle& parent, const std::string& name, std::span<const std::string> strings,
                   bool compressed) {
  std::size_t length = 1;
  for (const auto& text : strings) {
    ZCMPI_EXPECT(text.find('\0') == std::string::npos);
    length = std::max(length, text.size());
  }
  std::vector<char> padded(length * strings.size(), '\0');
  for (std::size_t i = 0; i < strings.size(); ++i) {
    std::ranges::copy(strings[i], padded.begin() + static_cast<std::ptrdiff_t>(i * length));
  }
  const Handle type = text_type(length, parent.id());
  const std::array<hsize_t, 1> extents{strings.size()};
  const std::array<hsize_t, 1> chunk{rows_per_chunk(length, strings.size())};
  const Handle storage = compressed ? compressed_storage(chunk) : contiguous_storage();
  const Handle dataset = create_dataset(parent, name, type.id(), extents, storage);
  write_rows(dataset, type.id(), std::as_bytes(std::span(padded)), {0, extents[0]});
}

std::vector<std::string> read_strings(const Handle& parent, const std::string& name) {
  const auto what = fmt::format("read the strings '{}'", name);
  const Handle dataset = open_dataset(parent, name);
  const Handle type = checked_handle(H5Dget_type(dataset.id()), H5Tclose, what, dataset.id());
  const auto extents = extents_of(dataset);
  if (!is_fixed_text(type.id()) || extents.size() != 1) {
    throw_for_file(what, file_name_of(dataset.id()), "they must be a list of strings of fixed length");
  }
  const std::size_t length = H5Tget_size(type.id());
  std::vector<char> padded(static_cast<std::size_t>(extents[0]) * length);
  read_rows(dataset, type.id(), std::as_writable_bytes(std::span(padded)), {0, extents[0]});
  std::vector<std::string> strings(static_cast<std::size_t>(extents[0]));
  for (std::size_t i = 0; i < strings.size(); ++i) {
    strings[i] = until_padding(std::string_view(padded.data() + i * length, length));
  }
  return strings;
}

bool has_attribute(const Handle& object, const std::string& name) {
  return check(H5Aexists(object.id(), name.c_str()), "look for an attribute", object.id()) > 0;
}

void write_text_attribute(const Handle& object, const std::string& name, std::string_view text) {
  ZCMPI_EXPECT(text.find('\0') == std::string_view::npos);
  const Handle type = text_type(text.size(), object.id());
  // An empty text is stored as one byte of padding.
  const std::string stored(text);
  write_new_attribute(object, name, type.id(), stored.c_str());
}

std::string read_text_attribute(const Handle& object, const std::string& name) {
  const auto what = fmt::format("read the attribute '{}'", name);
  const Handle attribute = open_attribute(object, name);
  const Handle type = checked_handle(H5Aget_type(attribute.id()), H5Tclose, what, attribute.id());
  if (!is_fixed_text(type.id())) {
    throw_for_file(what, file_name_of(object.id()), "it must be text of fixed length");
  }
  return read_text(attribute.id(), type.id());
}

std::map<std::string, std::string> read_text_attributes(const Handle& object) {
  std::vector<std::string> names;
  const H5A_operator2_t collect = [](hid_t, const char* name, const H5A_info_t*, void* target) -> herr_t {
    static_cast<std::vector<std::string>*>(target)->emplace_back(name);
    return 0;
  };
  hsize_t position = 0;
  check(H5Aiterate2(object.id(), H5_INDEX_NAME, H5_ITER_INC, &position, collect, &names), "list attributes",
        object.id());
  std::map<std::string, std::string> texts;
  for (const auto& name : names) {
    const Handle attribute = open_attribute(object, name);
    const Handle type =
        checked_handle(H5Aget_type(attribute.id()), H5Tclose, "ask for an attribute's type", object.id());
    if (is_fixed_text(type.id())) {
      texts.emplace(name, read_text(attribute.id(), type.id()));
    }
  }
  return texts;
}

void write_number_attribute(const Handle& object, const std::string& name, hid_t type, const void* value) {
  write_new_attribute(object, name, type, value);
}

void read_number_attribute(const Handle& object, const std::string& name, hid_t type, void* value) {
  const auto what = fmt::format("read the attribute '{}'", name);
  const Handle attribute = open_attribute(object, name);
  const Handle space = checked_handle(H5Aget_space(attribute.id()), H5Sclose, what, object.id());
  // Reading an array into one number would write past it.
  if (H5Sget_simple_extent_npoints(space.id()) != 1) {
    throw_for_file(what, file_name_of(object.id()), "it must be one number");
  }
  check(H5Aread(attribute.id(), type, value), what, object.id());
}

}  // namespace zcmpi::hdf5
