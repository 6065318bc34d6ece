#include "message.hpp"

#include <fmt/format.h>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <streambuf>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

/// "zcmpimig" read as a little-endian number.
constexpr std::uint64_t message_magic = 0x67696d69706d637aULL;

/// No archive header and no class information: both sides are the same program, and the bytes have a digest.
constexpr unsigned int archive_flags = boost::archive::no_header | boost::archive::no_codecvt;

/// A stream over memory of fixed size: going beyond its end is an error of the archive.
class MemoryStream : public std::streambuf {
 public:
  explicit MemoryStream(std::span<std::byte> room) {
    auto* const begin = reinterpret_cast<char*>(room.data());
    setp(begin, begin + room.size());
  }
  explicit MemoryStream(std::span<const std::byte> bytes) {
    // A stream buffer takes mutable characters even where it only reads.
    auto* const begin = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
    setg(begin, begin, begin + bytes.size());
  }
  [[nodiscard]] std::size_t written() const { return static_cast<std::size_t>(pptr() - pbase()); }
};

template <class Archive>
void save_members(Archive& archive, const Population& population) {
  const auto count = static_cast<std::uint32_t>(population.size());
  archive << count;
  for (std::size_t i = 0; i < population.size(); ++i) {
    const FormulaView formula = population.formula(i);
    const auto scores = population.scores(i);
    const auto length = static_cast<std::uint16_t>(formula.size());
    const double fitness = population.fitness(i);
    archive << length << fitness;
    archive.save_binary(formula.data(), formula.size_bytes());
    archive.save_binary(scores.data(), scores.size_bytes());
  }
}

/// Adds the saved members to `population`.
template <class Archive>
void load_members(Archive& archive, Population& population) {
  std::uint32_t count = 0;
  archive >> count;
  if (count > population.capacity() - population.size()) {
    throw std::runtime_error(fmt::format("{} members came where {} have room", count, population.capacity()));
  }
  Formula formula(population.shape().max_nodes);
  for (std::uint32_t k = 0; k < count; ++k) {
    std::uint16_t length = 0;
    double fitness = 0.0;
    archive >> length >> fitness;
    if (length > formula.size()) {
      throw std::runtime_error(fmt::format("a formula of {} nodes came where {} have room", length, formula.size()));
    }
    archive.load_binary(formula.data(), length * sizeof(Node));
    const std::size_t i = population.add(FormulaView(formula).first(length));
    const auto scores = population.scores(i);
    archive.load_binary(scores.data(), scores.size_bytes());
    population.set_fitness(i, fitness);
  }
}

std::uint64_t digest_of(const MessageHeader& header, std::span<const std::byte> archive) {
  Digester digester;
  digester.add(header.generation);
  digester.add(header.parcels);
  digester.add_bytes(archive);
  return digester.digest();
}

/// What differs between a message and what was expected; empty when nothing does.
std::string difference(std::span<const std::byte> message, std::uint32_t generation, std::size_t parcels) {
  if (message.size() < sizeof(MessageHeader)) {
    return fmt::format("{} bytes are too few for a header", message.size());
  }
  MessageHeader header;
  std::memcpy(&header, message.data(), sizeof header);
  const auto archive = message.subspan(sizeof header);
  if (header.magic != message_magic) {
    return fmt::format("magic number {:016x}, expected {:016x}", header.magic, message_magic);
  }
  if (header.generation != generation) {
    return fmt::format("generation {}, expected {}", header.generation, generation);
  }
  if (header.parcels != parcels) {
    return fmt::format("{} parcels, expected {}", header.parcels, parcels);
  }
  if (header.bytes != archive.size()) {
    return fmt::format("{} bytes of migrants, expected {}", archive.size(), header.bytes);
  }
  const std::uint64_t digest = digest_of(header, archive);
  if (header.digest != digest) {
    return fmt::format("digest {}, expected {}", digest_to_text(digest), digest_to_text(header.digest));
  }
  return {};
}

}  // namespace

std::size_t message_capacity(std::size_t parcels, std::size_t migrants, const PopulationShape& shape) {
  const std::size_t member =
      sizeof(std::uint16_t) + sizeof(double) + shape.max_nodes * sizeof(Node) + shape.problem_count * sizeof(double);
  const std::size_t parcel = 3 * sizeof(std::uint32_t) + migrants * member;
  return sizeof(MessageHeader) + parcels * parcel;
}

std::size_t encode_message(std::uint32_t generation, std::span<const Edge> edges,
                           const std::function<const Population&(std::uint32_t)>& emigrants_of,
                           std::span<std::byte> buffer) {
  MemoryStream stream(buffer.subspan(sizeof(MessageHeader)));
  {
    boost::archive::binary_oarchive archive(stream, archive_flags);
    for (const Edge& edge : edges) {
      archive << edge.source << edge.target;
      save_members(archive, emigrants_of(edge.source));
    }
  }
  const auto archive = buffer.subspan(sizeof(MessageHeader), stream.written());
  MessageHeader header{message_magic, generation, static_cast<std::uint32_t>(edges.size()), archive.size(), 0};
  header.digest = digest_of(header, archive);
  std::memcpy(buffer.data(), &header, sizeof header);
  return sizeof header + archive.size();
}

void decode_message(std::span<const std::byte> message, int sender, std::uint32_t generation,
                    std::span<const Edge> edges, Population& scratch, const Deliver& deliver) {
  const auto refuse = [&](std::string_view what) {
    throw std::runtime_error(fmt::format(
        "the migrants from rank {} are not what was sent (generation {}): {}; check the network and the MPI library",
        sender, generation, what));
  };
  if (const std::string what = difference(message, generation, edges.size()); !what.empty()) {
    refuse(what);
  }
  MemoryStream stream(message.subspan(sizeof(MessageHeader)));
  boost::archive::binary_iarchive archive(stream, archive_flags);
  for (const Edge& edge : edges) {
    Edge named;
    archive >> named.source >> named.target;
    if (named != edge) {
      refuse(fmt::format("migrants of island {} for {}, expected {} for {}", named.source, named.target, edge.source,
                         edge.target));
    }
    scratch.clear();
    load_members(archive, scratch);
    deliver(edge, scratch);
  }
}

std::string pack_population(const Population& population) {
  std::stringbuf stream(std::ios::out | std::ios::binary);
  {
    boost::archive::binary_oarchive archive(stream, archive_flags);
    save_members(archive, population);
  }
  return stream.str();
}

void unpack_population(const std::string& bytes, Population& out) {
  std::stringbuf stream(bytes, std::ios::in | std::ios::binary);
  boost::archive::binary_iarchive archive(stream, archive_flags);
  load_members(archive, out);
}

}  // namespace zcmpi
