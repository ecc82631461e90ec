"""Metadata of a run by ISO 19115 in the XML of ISO 19139."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from transcaspian.core.xmltext import xml_text
from transcaspian.export.description import Description
from transcaspian.sources.resolve import Provenance

STANDARD_URI = "http://www.isotc211.org/2005/gmd"
MIME_TYPE = "text/xml"
NAMESPACES = {
    "gmd": STANDARD_URI,
    "gco": "http://www.isotc211.org/2005/gco",
    "gml": "http://www.opengis.net/gml/3.2",
}
CODE_LISTS = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
KEYWORDS = ("submarine cable", "route position list", "bathymetry")
TOPICS = ("oceans", "utilitiesCommunication")


def iso19139(about: Description) -> str:
    """The metadata document: who, what, where, when, by which licence, and the lineage with every source and hash."""
    for prefix, uri in NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    root = ET.Element(_tag("gmd:MD_Metadata"))
    _text(root, "gmd:fileIdentifier", about.run_id)
    _code(root, "gmd:language", "LanguageCode", "eng")
    _code(root, "gmd:characterSet", "MD_CharacterSetCode", "utf8")
    _code(root, "gmd:hierarchyLevel", "MD_ScopeCode", "dataset")
    _party(root, "gmd:contact", about)
    _moment(root, "gmd:dateStamp", about.created_utc)
    _text(root, "gmd:metadataStandardName", "ISO 19115:2003 Geographic information - Metadata")
    _text(root, "gmd:metadataStandardVersion", "ISO 19139:2007")
    _reference_system(root)
    _identification(root, about)
    _quality(root, about)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _identification(root: ET.Element, about: Description) -> None:
    found = _path(root, "gmd:identificationInfo", "gmd:MD_DataIdentification")
    citation = _path(found, "gmd:citation", "gmd:CI_Citation")
    _text(citation, "gmd:title", about.title)
    _date(citation, about.created_utc, "creation")
    _text(citation, "gmd:edition", about.revision)
    _text(_path(citation, "gmd:identifier", "gmd:MD_Identifier"), "gmd:code", about.run_id)
    _text(found, "gmd:abstract", f"{about.abstract} Systems: {', '.join(about.system_ids)}.".strip())
    _party(found, "gmd:pointOfContact", about)
    words = _path(found, "gmd:descriptiveKeywords", "gmd:MD_Keywords")
    for word in KEYWORDS:
        _text(words, "gmd:keyword", word)
    limits = _path(found, "gmd:resourceConstraints", "gmd:MD_LegalConstraints")
    _code(limits, "gmd:useConstraints", "MD_RestrictionCode", "license")
    _text(limits, "gmd:otherConstraints", about.licence or "No licence is stated for this run.")
    _code(found, "gmd:spatialRepresentationType", "MD_SpatialRepresentationTypeCode", "vector")
    _code(found, "gmd:language", "LanguageCode", "eng")
    for topic in TOPICS:
        _path(found, "gmd:topicCategory", "gmd:MD_TopicCategoryCode").text = topic
    _extent(found, about)


def _extent(parent: ET.Element, about: Description) -> None:
    extent = _path(parent, "gmd:extent", "gmd:EX_Extent")
    box = _path(extent, "gmd:geographicElement", "gmd:EX_GeographicBoundingBox")
    west, south, east, north = about.bounds
    for name, value in (("west", west), ("east", east), ("south", south), ("north", north)):
        direction = "Longitude" if name in ("west", "east") else "Latitude"
        _path(box, f"gmd:{name}Bound{direction}", "gco:Decimal").text = repr(float(value))
    moment = _path(extent, "gmd:temporalElement", "gmd:EX_TemporalExtent", "gmd:extent", "gml:TimeInstant")
    moment.set(_tag("gml:id"), "created")
    _path(moment, "gml:timePosition").text = about.created_utc


def _quality(root: ET.Element, about: Description) -> None:
    quality = _path(root, "gmd:dataQualityInfo", "gmd:DQ_DataQuality")
    _code(_path(quality, "gmd:scope", "gmd:DQ_Scope"), "gmd:level", "MD_ScopeCode", "dataset")
    lineage = _path(quality, "gmd:lineage", "gmd:LI_Lineage")
    _text(lineage, "gmd:statement", about.statement)
    step = _path(lineage, "gmd:processStep", "gmd:LI_ProcessStep")
    _text(step, "gmd:description", f"transcaspian {about.code_version}, code sha256 {about.code_sha256}")
    _moment(step, "gmd:dateTime", about.created_utc)
    for source in about.sources:
        _source(lineage, source)


def _source(lineage: ET.Element, source: Provenance) -> None:
    found = _path(lineage, "gmd:source", "gmd:LI_Source")
    known = [
        f"role: {source.role}",
        f"file: {source.file}",
        f"sha256: {source.sha256}",
        f"licence: {source.licence}",
        f"status: {source.status}",
        *(f"{name}: {value}" for name, value in (("datum", source.datum), ("epoch", source.epoch)) if value),
    ]
    _text(found, "gmd:description", "; ".join(known))
    citation = _path(found, "gmd:sourceCitation", "gmd:CI_Citation")
    _text(citation, "gmd:title", source.citation or source.id)
    _path(citation, "gmd:date").set(_tag("gco:nilReason"), "unknown")
    if source.version:
        _text(citation, "gmd:edition", source.version)
    _text(_path(citation, "gmd:identifier", "gmd:MD_Identifier"), "gmd:code", source.id)


def _reference_system(root: ET.Element) -> None:
    identifier = _path(
        root, "gmd:referenceSystemInfo", "gmd:MD_ReferenceSystem", "gmd:referenceSystemIdentifier", "gmd:RS_Identifier"
    )
    _text(identifier, "gmd:code", "4326")
    _text(identifier, "gmd:codeSpace", "EPSG")


def _party(parent: ET.Element, name: str, about: Description) -> None:
    party = _path(parent, name, "gmd:CI_ResponsibleParty")
    _text(party, "gmd:organisationName", about.organisation or "not stated")
    if about.email or about.url:
        contact = _path(party, "gmd:contactInfo", "gmd:CI_Contact")
        if about.email:
            address = _path(contact, "gmd:address", "gmd:CI_Address")
            _text(address, "gmd:electronicMailAddress", about.email)
        if about.url:
            link = _path(contact, "gmd:onlineResource", "gmd:CI_OnlineResource")
            _path(link, "gmd:linkage", "gmd:URL").text = xml_text(about.url)
    _code(party, "gmd:role", "CI_RoleCode", "pointOfContact")


def _date(parent: ET.Element, created_utc: str, kind: str) -> None:
    date = _path(parent, "gmd:date", "gmd:CI_Date")
    _moment(date, "gmd:date", created_utc)
    _code(date, "gmd:dateType", "CI_DateTypeCode", kind)


def _moment(parent: ET.Element, name: str, created_utc: str) -> None:
    _path(parent, name, "gco:DateTime").text = created_utc.split(".")[0].removesuffix("Z")


def _text(parent: ET.Element, name: str, text: str) -> None:
    _path(parent, name, "gco:CharacterString").text = xml_text(text)


def _code(parent: ET.Element, name: str, code_list: str, value: str) -> None:
    code = _path(parent, name, f"gmd:{code_list}")
    code.set("codeList", f"{CODE_LISTS}#{code_list}")
    code.set("codeListValue", value)
    code.text = value


def _path(parent: ET.Element, *names: str) -> ET.Element:
    """A new element below a new element, and so on; the innermost."""
    for name in names:
        parent = ET.SubElement(parent, _tag(name))
    return parent


def _tag(name: str) -> str:
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"
