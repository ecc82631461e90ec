"""Run by Debian's Python with QGIS: what QGIS finds in a GeoPackage, as JSON on standard output."""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsLayoutExporter,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsMapLayerType,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)


def styled(layer):
    renderer, extent = layer.renderer(), layer.extent()
    settings = layer.labeling().settings() if layer.labeling() else None
    return {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "renderer": renderer.type(),
        "colours": {item.label(): item.symbol().color().name() for item in renderer.legendSymbolItems()},
        "labels": layer.labelsEnabled(),
        "scale": settings.minimumScale if settings else None,
        "expression_ok": not settings or not QgsExpression(settings.fieldName).hasParserError(),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
    }


def called(layer):
    """The table of a layer, or the file of a raster without its ending; not the title that people are shown."""
    table, _, name = layer.source().rpartition("layername=")
    return name if table else layer.source().rpartition("/")[2].partition(".")[0]


def told(layer):
    """What people see of a layer: title, names of columns, what names a feature, and what a pointer tells."""
    feature = next(layer.getFeatures(), None)
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    if feature is not None:
        context.setFeature(feature)
    return {
        "title": layer.name(),
        "aliases": {field.name(): field.displayName() for field in layer.fields()},
        "display": layer.displayExpression(),
        "display_ok": not QgsExpression(layer.displayExpression()).hasParserError(),
        "tip": feature is not None and QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context),
        "precision": {
            field.name(): layer.editorWidgetSetup(number).config().get("Precision")
            for number, field in enumerate(layer.fields())
        },
        "wins": layer.labeling().settings().displayAll if layer.labeling() else None,
    }


package, project_name, depth, picture, *tables = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
found = {"read": project.read(f"geopackage:{package}?projectName={project_name}"), "crs": project.crs().authid()}
found["ellipsoid"] = project.ellipsoid()
found["groups"] = {
    group.name(): [node.layer() is not None and called(node.layer()) for node in group.findLayers()]
    for group in project.layerTreeRoot().children()
}
found["project"] = {
    called(layer): styled(layer) if layer.type() == QgsMapLayerType.VectorLayer else {"valid": layer.isValid()}
    for layer in project.mapLayers().values()
}
found["relations"] = {
    relation.name(): [called(relation.referencingLayer()), called(relation.referencedLayer()), relation.isValid()]
    for relation in project.relationManager().relations().values()
}
found["told"] = {
    called(layer): told(layer) for layer in project.mapLayers().values() if layer.type() == QgsMapLayerType.VectorLayer
}
found["closed"] = [group.name() for group in project.layerTreeRoot().children() if not group.isExpanded()]
collection = project.mapThemeCollection()
found["themes"] = {
    name: [called(layer) for layer in collection.mapThemeVisibleLayers(name)] for name in collection.mapThemes()
}
(layout,) = project.layoutManager().layouts()
page = layout.pageCollection().page(0).pageSize()
found["layout"] = {
    "items": sorted(type(item).__name__ for item in layout.items() if isinstance(item, QgsLayoutItem)),
    "page": [page.width(), page.height()],
    "texts": [item.text() for item in layout.items() if isinstance(item, QgsLayoutItemLabel)],
}
if picture:
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = 50
    found["layout"]["written"] = QgsLayoutExporter(layout).exportToImage(picture, settings)
layers = {name: QgsVectorLayer(f"{package}|layername={name}", name, "ogr") for name in tables}
found["tables"] = {name: styled(layer) for name, layer in layers.items()}
raster = QgsRasterLayer(depth, "depth")
items = raster.renderer().shader().rasterShaderFunction().colorRampItemList()
found["depth"] = [[item.value, item.color.name()] for item in items]
print(json.dumps(found))
