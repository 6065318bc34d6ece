/// \file
/// A thin layer over HDF5's C library: handles that close themselves and calls that throw.
///
/// Every function throws hdf5::Error with one line that names what was tried, the file, and HDF5's own innermost
/// message. Datasets are flat arrays with a leading index ("rows"). Nothing written here depends on the time of day, so
/// equal content gives equal files. The functions know nothing of MPI: with an access property list for MPI-IO a file
/// is parallel, and then HDF5's rules on collective calls hold (everything that creates, opens or closes is
/// collective).
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace zcmpi::hdf5 {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Owns an HDF5 identifier. An empty handle stands for H5P_DEFAULT where a property list is expected.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  Handle(Handle&& other) noexcept { swap(other); }
  Handle& operator=(Handle&& other) noexcept {
    Handle(std::move(other)).swap(*this);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (closer_ != nullptr) {
      closer_(id_);
    }
  }

  [[nodiscard]] hid_t id() const { return id_; }
  /// Closes now and throws when that fails, as closing a file may when data cannot be written out.
  void close();

 private:
  void swap(Handle& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(closer_, other.closer_);
  }

  hid_t id_ = H5P_DEFAULT;
  Closer closer_ = nullptr;
};

/// Throws Error "cannot <what> (<file of object>): <HDF5's message>" when `result` is negative; else returns it. For
/// calls of HDF5 that this layer does not wrap.
template <class Result>
Result check(Result result, std::string_view what, hid_t object);
[[noreturn]] void throw_error(std::string_view what, hid_t object);

/// A property list of a class such as H5P_FILE_ACCESS.
Handle make_property_list(hid_t property_class);

/// Creates a file, replacing an old one.
Handle create_file(const std::filesystem::path& path, const Handle& access = {});
/// Creates a file in memory alone; `name` is for messages. Written by bytes_of and replace_file (core/file.hpp) it is
/// on the disk whole or not at all: where the disk is full HDF5 itself may report success, or end the process.
Handle create_file_in_memory(const std::filesystem::path& name);
/// The bytes of a file in memory, whose objects have been closed.
std::string bytes_of(const Handle& file);
/// Opens a file for reading.
Handle open_file(const std::filesystem::path& path, const Handle& access = {});
/// Opens a file for reading and writing.
Handle open_file_for_update(const std::filesystem::path& path, const Handle& access = {});
/// True when the file can be read and begins with HDF5's signature.
bool has_hdf5_signature(const std::filesystem::path& path);

/// `name` may be a path; groups on the way are created, and it is an error when the last one exists.
Handle create_group(const Handle& parent, const std::string& name);
Handle open_group(const Handle& parent, const std::string& name);
/// Names of the members of a group, in the order of their bytes.
std::vector<std::string> member_names(const Handle& group);
/// True when `name`, a path from `parent`, leads to a member.
bool has_member(const Handle& parent, const std::string& name);

/// How a dataset is stored: contiguous, or in compressed chunks. One chunk extent per dimension.
Handle contiguous_storage();
Handle compressed_storage(std::span<const hsize_t> chunk);

Handle create_dataset(const Handle& parent, const std::string& name, hid_t type, std::span<const hsize_t> extents,
                      const Handle& storage);
Handle open_dataset(const Handle& parent, const std::string& name);
/// The extent of each dimension; empty for a scalar.
std::vector<hsize_t> extents_of(const Handle& dataset);

/// The HDF5 type of an arithmetic type; not to be closed.
template <class T>
  requires std::is_arithmetic_v<T> hid_t type_of();

/// A range of a dataset's leading index.
struct Rows {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// Writes or reads `rows` of a dataset; `values` holds count x (product of the other extents) elements. A count of 0
/// takes part in a collective transfer without data. `transfer` is a property list (H5P_DATASET_XFER).
void write_rows(const Handle& dataset, hid_t type, std::span<const std::byte> values, Rows rows,
                const Handle& transfer = {});
void read_rows(const Handle& dataset, hid_t type, std::span<std::byte> values, Rows rows, const Handle& transfer = {});

template <class T>
void write_rows(const Handle& dataset, std::span<const T> values, Rows rows, const Handle& transfer = {}) {
  write_rows(dataset, type_of<T>(), std::as_bytes(values), rows, transfer);
}
template <class T>
void read_rows(const Handle& dataset, std::span<T> values, Rows rows, const Handle& transfer = {}) {
  read_rows(dataset, type_of<T>(), std::as_writable_bytes(values), rows, transfer);
}

/// Creates and fills a whole dataset.
template <class T>
void write_array(const Handle& parent, const std::string& name, std::span<const T> values,
                 std::span<const hsize_t> extents, const Handle& storage) {
  const Handle dataset = create_dataset(parent, name, type_of<T>(), extents, storage);
  write_rows<T>(dataset, values, {0, extents.empty() ? 1 : extents[0]});
}

/// A whole dataset, whatever its extents; numbers are converted to T.
template <class T>
std::vector<T> read_array(const Handle& parent, const std::string& name) {
  const Handle dataset = open_dataset(parent, name);
  const auto extents = extents_of(dataset);
  std::size_t size = 1;
  for (const hsize_t extent : extents) {
    size *= static_cast<std::size_t>(extent);
  }
  std::vector<T> values(size);
  read_rows<T>(dataset, values, {0, extents.empty() ? 1 : extents[0]});
  return values;
}

/// One-dimensional datasets of UTF-8 strings of fixed length, padded with zero bytes. A string may not hold one itself.
void write_strings(const Handle& parent, const std::string& name, std::span<const std::string> strings,
                   bool compressed);
std::vector<std::string> read_strings(const Handle& parent, const std::string& name);

/// Attributes: numbers, and UTF-8 text of fixed length without zero bytes. HDF5 may limit one to 64 KiB.
bool has_attribute(const Handle& object, const std::string& name);
void write_text_attribute(const Handle& object, const std::string& name, std::string_view text);
std::string read_text_attribute(const Handle& object, const std::string& name);
/// All attributes that are text, by name.
std::map<std::string, std::string> read_text_attributes(const Handle& object);
void write_number_attribute(const Handle& object, const std::string& name, hid_t type, const void* value);
void read_number_attribute(const Handle& object, const std::string& name, hid_t type, void* value);

template <class T>
void write_attribute(const Handle& object, const std::string& name, T value) {
  write_number_attribute(object, name, type_of<T>(), &value);
}
template <class T>
T read_attribute(const Handle& object, const std::string& name) {
  T value{};
  read_number_attribute(object, name, type_of<T>(), &value);
  return value;
}

template <class Result>
Result check(Result result, std::string_view what, hid_t object) {
  if (result < 0) {
    throw_error(what, object);
  }
  return result;
}

template <class T>
  requires std::is_arithmetic_v<T> hid_t type_of() {
    if constexpr (std::is_floating_point_v<T>) {
      static_assert(sizeof(T) == 4 || sizeof(T) == 8);
      return sizeof(T) == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    } else if constexpr (std::is_signed_v<T>) {
      return sizeof(T) == 1   ? H5T_NATIVE_INT8
             : sizeof(T) == 2 ? H5T_NATIVE_INT16
             : sizeof(T) == 4 ? H5T_NATIVE_INT32
                              : H5T_NATIVE_INT64;
    } else {
      return sizeof(T) == 1   ? H5T_NATIVE_UINT8
             : sizeof(T) == 2 ? H5T_NATIVE_UINT16
             : sizeof(T) == 4 ? H5T_NATIVE_UINT32
                              : H5T_NATIVE_UINT64;
    }
  }

}  // namespace zcmpi::hdf5
