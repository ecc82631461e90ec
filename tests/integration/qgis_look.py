"""Run by Debian's Python with QGIS: what QGIS finds in a GeoPackage, as JSON on standard output."""

import json
import sys

from qgis.core import QgsApplication, QgsExpression, QgsMapLayerType, QgsProject, QgsRasterLayer, QgsVectorLayer


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


package, project_name, depth, *tables = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
found = {"read": project.read(f"geopackage:{package}?projectName={project_name}"), "crs": project.crs().authid()}
found["ellipsoid"] = project.ellipsoid()
found["groups"] = {
    group.name(): [node.layer() is not None and node.name() for node in group.findLayers()]
    for group in project.layerTreeRoot().children()
}
found["project"] = {
    layer.name(): styled(layer) if layer.type() == QgsMapLayerType.VectorLayer else {"valid": layer.isValid()}
    for layer in project.mapLayers().values()
}
found["relations"] = {
    relation.name(): [relation.referencingLayer().name(), relation.referencedLayer().name(), relation.isValid()]
    for relation in project.relationManager().relations().values()
}
layers = {name: QgsVectorLayer(f"{package}|layername={name}", name, "ogr") for name in tables}
found["tables"] = {name: styled(layer) for name, layer in layers.items()}
raster = QgsRasterLayer(depth, "depth")
items = raster.renderer().shader().rasterShaderFunction().colorRampItemList()
found["depth"] = [[item.value, item.color.name()] for item in items]
print(json.dumps(found))
